import asyncio
from typing import Any

import pytest

from agents.routing.attempt import MOST_CHARS, FairTime, attempt
from agents.routing.failure import ProviderFailure
from agents.routing.providers.client import Call, Chunk, OnChunk
from config.providers import Timeouts

CALL = Call(({"role": "user", "content": "hi"},), 100, "m1")
LIMITS = Timeouts(first_token=5, between_tokens=5, total=5)


class Played:
    """A client that plays what it was given: chunks, seconds to wait, or an error to raise."""

    def __init__(self, *script: Chunk | float | Exception) -> None:
        self.script = script
        self.closed = False

    async def ask(self, call: Call, on_chunk: OnChunk) -> None:
        try:
            for step in self.script:
                if isinstance(step, Chunk):
                    on_chunk(step)
                elif isinstance(step, float):
                    await asyncio.sleep(step)
                else:
                    raise step
        finally:
            self.closed = True

    async def close(self) -> None:
        self.closed = True


async def test_parts_make_a_reply_and_usage_is_the_providers() -> None:
    heard: list[str] = []
    client = Played(Chunk(""), Chunk(" Half"), Chunk(" of it.", "stop"), Chunk("", "", 40, 7))
    reply = await attempt(client, CALL, LIMITS, 99, heard.append)
    assert (reply.text, reply.finish_reason) == ("Half of it.", "stop")
    assert (reply.prompt_tokens, reply.completion_tokens) == (40, 7)
    assert heard == [" Half", " of it."]
    assert 0 <= reply.first_token <= reply.elapsed
    assert client.closed


async def test_tokens_are_counted_here_where_the_provider_does_not() -> None:
    reply = await attempt(Played(Chunk("x" * 32, "stop")), CALL, LIMITS, 99)
    assert (reply.prompt_tokens, reply.completion_tokens) == (99, 14)


@pytest.mark.parametrize(
    ("script", "limits", "words"),
    [
        ((60.0, Chunk("x")), Timeouts(first_token=0.02, between_tokens=5, total=5), "no token after"),
        ((Chunk(""), 60.0), Timeouts(first_token=0.02, between_tokens=5, total=5), "no token after"),
        ((Chunk("x"), 60.0), Timeouts(first_token=5, between_tokens=0.02, total=5), "no further token after"),
        ((Chunk("x"), 60.0), Timeouts(first_token=5, between_tokens=5, total=0.02), "not whole after"),
    ],
)
async def test_each_time_limit_is_kept_and_named(
    script: tuple[Chunk | float, ...], limits: Timeouts, words: str
) -> None:
    client = Played(*script)
    with pytest.raises(ProviderFailure, match=words) as raised:
        await attempt(client, CALL, limits, 99)
    assert raised.value.kind == "timeout"
    assert client.closed


@pytest.mark.parametrize(
    ("script", "fair", "blames_message"),
    [
        ((60.0,), FairTime(1.0, 0.0), True),
        ((60.0,), FairTime(0.02, 9.0), False),
        ((Chunk("x"), 60.0), FairTime(9.0, 1.0), True),
        ((Chunk("x"), 60.0), FairTime(9.0, 0.05), False),
    ],
)
async def test_provider_is_not_blamed_for_less_time_than_is_fair(
    script: tuple[Chunk | float, ...], fair: FairTime, blames_message: bool
) -> None:
    limits = Timeouts(first_token=0.02, between_tokens=5, total=0.05)
    with pytest.raises(ProviderFailure) as raised:
        await attempt(Played(*script), CALL, limits, 99, fair=fair)
    assert (raised.value.kind, raised.value.blames_message) == ("timeout", blames_message)


async def test_provider_that_stops_within_a_reply_is_blamed_however_short_the_time() -> None:
    limits = Timeouts(first_token=5, between_tokens=0.02, total=5)
    with pytest.raises(ProviderFailure, match="no further token") as raised:
        await attempt(Played(Chunk("x"), 60.0), CALL, limits, 99, fair=FairTime(9.0, 9.0))
    assert not raised.value.blames_message


async def test_reply_that_was_whole_when_the_provider_fell_silent_is_kept() -> None:
    limits = Timeouts(first_token=5, between_tokens=0.02, total=5)
    lost: list[tuple[int, int]] = []
    reply = await attempt(Played(Chunk("a", "stop"), 60.0), CALL, limits, 99, None, lost.append)
    assert (reply.text, lost) == ("a", [])


async def test_limit_between_tokens_is_kept_where_it_is_longer_than_that_to_the_first() -> None:
    limits = Timeouts(first_token=0.02, between_tokens=5, total=5)
    reply = await attempt(Played(Chunk("a"), 0.06, Chunk("b", "stop")), CALL, limits, 99)
    assert reply.text == "ab"


async def test_surprise_of_a_library_is_a_failed_call() -> None:
    with pytest.raises(ProviderFailure, match="KeyError: 'choices'"):
        await attempt(Played(Chunk("x"), KeyError("choices")), CALL, LIMITS, 99)


async def test_surprise_in_a_whole_reply_is_a_failed_call() -> None:
    unknown: Any = 7
    with pytest.raises(ProviderFailure, match="AttributeError"):
        await attempt(Played(Chunk("x", unknown)), CALL, LIMITS, 99)


async def test_half_a_surrogate_pair_goes_to_nobody_and_is_paid_for() -> None:
    heard: list[str] = []
    lost: list[tuple[int, int]] = []
    with pytest.raises(ProviderFailure, match="surrogate") as raised:
        await attempt(Played(Chunk("x" * 32), Chunk("\ud83d", "stop")), CALL, LIMITS, 99, heard.append, lost.append)
    assert raised.value.kind == "bad_reply"
    assert heard == ["x" * 32]
    assert lost == [(99, 14)]


@pytest.mark.parametrize("reported", [(-40, -7), (3_000_000_000, 5_000_000_000)])
async def test_what_can_be_no_count_of_tokens_is_counted_here(reported: tuple[int, int]) -> None:
    reply = await attempt(Played(Chunk("x" * 32, "stop", *reported)), CALL, LIMITS, 99)
    assert (reply.prompt_tokens, reply.completion_tokens, reply.counted) == (99, 14, False)


async def test_reply_without_end_is_stopped() -> None:
    chunks = [Chunk("word " * 2000)] * (MOST_CHARS // 10_000 + 1)
    with pytest.raises(ProviderFailure, match="longer than"):
        await attempt(Played(*chunks), CALL, LIMITS, 99)


async def test_unfit_reply_is_a_failure() -> None:
    with pytest.raises(ProviderFailure, match="empty") as raised:
        await attempt(Played(Chunk(" ", "stop")), CALL, LIMITS, 99)
    assert raised.value.kind == "bad_reply"


async def test_reply_that_the_provider_withheld_is_a_failure_of_its_own_kind() -> None:
    with pytest.raises(ProviderFailure, match="content_filter") as raised:
        await attempt(Played(Chunk("A fine beginning", "content_filter")), CALL, LIMITS, 99)
    assert raised.value.kind == "withheld"


USAGE = Chunk("", "", 40, 7)
SHORT = Timeouts(first_token=0.02, between_tokens=0.02, total=5)
CUT = ProviderFailure("connection", "the stream was cut")


@pytest.mark.parametrize(
    ("script", "used"),
    [
        ((Chunk(), Chunk("some text"), Chunk("", "content_filter"), USAGE), (40, 7)),
        # A provider that counts the prompt and has written nothing.
        ((Chunk(), Chunk("", "content_filter", 40, 0)), (40, 0)),
        ((Chunk(), Chunk("x" * 20), Chunk("x" * 12), CUT), (99, 14)),
        ((Chunk(), USAGE, CUT), (40, 7)),
        ((Chunk(), Chunk("x" * 32), 60.0), (99, 14)),
        ((Chunk(), 60.0), (99, 0)),
        ((Chunk(), ProviderFailure("bad_reply", "not JSON")), (99, 0)),
    ],
)
async def test_call_without_a_reply_tells_what_it_has_used(
    script: tuple[Chunk | float | Exception, ...], used: tuple[int, int]
) -> None:
    lost: list[tuple[int, int]] = []
    with pytest.raises(ProviderFailure):
        await attempt(Played(*script), CALL, SHORT, 99, None, lost.append)
    assert lost == [used]


@pytest.mark.parametrize(
    "script",
    [
        (ProviderFailure("connection", "refused"),),
        (Chunk(), ProviderFailure("server_error", "HTTP 401", permanent=True)),
        (Chunk(), ProviderFailure("rate_limited", "HTTP 429")),
        # No connection within the time there was.
        (60.0,),
        (Chunk(), KeyError("choices")),
    ],
)
async def test_call_that_was_refused_or_reached_nobody_has_used_nothing(
    script: tuple[Chunk | float | Exception, ...],
) -> None:
    lost: list[tuple[int, int]] = []
    with pytest.raises(ProviderFailure):
        await attempt(Played(*script), CALL, SHORT, 99, None, lost.append)
    assert lost == []


async def test_good_reply_is_not_lost() -> None:
    lost: list[tuple[int, int]] = []
    await attempt(Played(Chunk("a", "stop"), USAGE), CALL, LIMITS, 99, None, lost.append)
    assert lost == []


async def test_cancelled_call_tells_what_it_has_used() -> None:
    lost: list[tuple[int, int]] = []
    task = asyncio.create_task(attempt(Played(Chunk(), Chunk("x" * 32), 60.0), CALL, LIMITS, 99, None, lost.append))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert lost == [(99, 14)]


async def test_cancellation_goes_through_and_closes_the_call() -> None:
    client = Played(Chunk("x"), 60.0)
    task = asyncio.create_task(attempt(client, CALL, LIMITS, 99))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert client.closed
