"""What a worker's calls do to each other, and what is told of them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from agents.routing.breaker import LEAST_CALLS
from agents.routing.errand import response_id
from agents.routing.failure import for_status
from agents.routing.pacing import Pacer
from agents.routing.providers.client import Call, Chunk
from agents.routing.router import Router
from config.prompts import fixed_replies, tutor_template
from config.providers import Limits, Timeouts
from schemas.codec import Event
from tests.agents.routing.conftest import NEW, declared, due_in, now_micros, usual_pace

Frames = list[tuple[str, int, int, str]]


class Told:
    """A client that says its words one after another; at `None` it waits for `go`."""

    def __init__(self, *script: str | None) -> None:
        self.script = script
        self.go = asyncio.Event()
        self.said = asyncio.Event()

    async def ask(self, call: Call, on_chunk: Callable[[Chunk], None]) -> None:
        on_chunk(Chunk())
        for words in self.script:
            if words is None:
                await self.go.wait()
            else:
                on_chunk(Chunk(words))
                self.said.set()
        on_chunk(Chunk("", "stop", 40, 7))

    async def close(self) -> None: ...


async def answered(first: Told, second: Told, frames: Frames) -> Event:
    """The response to a message whose first provider is slower than it usually is."""
    providers = [declared(name, "http://127.0.0.1:1/v1") for name in ("first", "second")]
    router = Router(providers, {"first": first, "second": second}, tutor_template(), fixed_replies())
    usual_pace(router, "first")
    async with asyncio.timeout(20):
        response, _ = await router.answer(
            due_in(30), NEW, now_micros, repeated=False, on_token=lambda *frame: frames.append(frame)
        )
    assert router.counts["hedged"] == 1
    assert router.health.in_flight == {"first": 0, "second": 0}
    assert {frame[0] for frame in frames} == {response_id(response["message_id"])}
    return response


async def test_reply_that_is_whole_when_another_has_begun_is_not_put_in_its_place() -> None:
    frames: Frames = []
    first, second = Told(None, "The first's."), Told("The ", None, "second's.")

    async def let_both_go() -> None:
        await second.said.wait()
        first.go.set()
        await first.said.wait()
        second.go.set()

    helper = asyncio.create_task(let_both_go())
    response = await answered(first, second, frames)
    await helper
    assert response["provider"] == "second"
    assert response["text"] == "".join(frame[3] for frame in frames) == "The second's."
    # Both are paid for.
    assert response["lost_usd"] == response["cost_usd"] > 0


async def test_first_that_speaks_while_the_second_waits_for_its_turn_stays_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frames: Frames = []
    first, second = Told(None, "The ", "first's."), Told("The second's.")
    turns: list[Callable[[], Awaitable[object]]] = [lambda: asyncio.sleep(0), first.said.wait]

    async def turn(_: Pacer) -> None:
        if len(turns) == 1:
            first.go.set()
        await turns.pop(0)()

    monkeypatch.setattr(Pacer, "turn", turn)
    response = await answered(first, second, frames)
    assert not turns
    assert response["text"] == "The first's."
    # Nothing told the listener that these words were void.
    assert [frame[1:] for frame in frames] == [(1, 0, "The "), (1, 1, "first's.")]
    assert response["lost_usd"] == 0


class Slow(Told):
    """A client that says its words with so many seconds before each."""

    def __init__(self, seconds: float, *script: str) -> None:
        super().__init__(*script)
        self.seconds = seconds

    async def ask(self, call: Call, on_chunk: Callable[[Chunk], None]) -> None:
        on_chunk(Chunk())
        for words in self.script:
            await asyncio.sleep(self.seconds)
            on_chunk(Chunk(words))
        on_chunk(Chunk("", "stop", 40, 7))


@pytest.mark.parametrize("client", [Slow(0.9, "Yes."), Slow(0.45, "It ", "is ", "so.")], ids=["to begin", "to end"])
async def test_messages_that_have_little_time_left_do_not_take_a_provider_from_all_others(client: Slow) -> None:
    provider = declared("one", "http://127.0.0.1:1/v1")
    router = Router([provider], {"one": client}, tutor_template(), fixed_replies())

    async def answer(message: Event) -> str:
        response, _ = await router.answer(message, NEW, now_micros, repeated=False)
        return str(response["source"])

    # As after a rebalance: they waited for half a minute in the topic.
    late = [{**due_in(1.8), "appended_at": now_micros() - 30_000_000} for _ in range(LEAST_CALLS + 1)]
    assert await asyncio.gather(*map(answer, late)) == ["OFFLINE"] * len(late)
    assert router.counts["timeout:one"] == len(late)
    assert not router.health.breakers["one"].is_open
    assert await answer(due_in(20)) == "PROVIDER"


async def test_provider_that_does_not_begin_within_its_own_limit_is_to_blame() -> None:
    limits = Timeouts(first_token=0.3, between_tokens=0.3, total=1)
    provider = declared("one", "http://127.0.0.1:1/v1", timeouts=limits)
    router = Router([provider], {"one": Slow(30, "Yes.")}, tutor_template(), fixed_replies())
    messages = [due_in(0.8) for _ in range(LEAST_CALLS)]
    await asyncio.gather(*(router.answer(message, NEW, now_micros, repeated=False) for message in messages))
    assert router.health.breakers["one"].is_open


async def test_second_request_that_never_had_its_turn_is_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    first, turns = Told(None, "The first's."), 0

    async def turn(_: Pacer) -> None:
        nonlocal turns
        turns += 1
        if turns == 2:
            first.go.set()
            await asyncio.Event().wait()

    monkeypatch.setattr(Pacer, "turn", turn)
    limits = Limits(requests_per_minute=1, tokens_per_minute=1000)
    providers = [declared(name, "http://127.0.0.1:1/v1", limits=limits) for name in ("first", "second")]
    router = Router(providers, {"first": first, "second": Told("No.")}, tutor_template(), fixed_replies())
    usual_pace(router, "first")
    response, _ = await router.answer(due_in(20), NEW, now_micros, repeated=False)
    assert turns == 2
    assert [(tried["provider"], tried["outcome"]) for tried in response["tries"]] == [("first", "ok")]
    # The key's minute has all its room.
    now = asyncio.get_running_loop().time()
    assert router.health.quotas["second"].ready_at(now, 1000) == now


async def test_what_a_provider_writes_of_a_failure_is_not_logged_and_its_key_not_kept(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Refusing(Told):
        async def ask(self, call: Call, on_chunk: Callable[[Chunk], None]) -> None:
            raise for_status(401, f"HTTP 401: k-secret may not ask {call.messages[-1]['content']!r}")

    providers = [declared(name, "http://127.0.0.1:1/v1") for name in ("first", "second")]
    router = Router(providers, {"first": Refusing(), "second": Told("Yes.")}, tutor_template(), fixed_replies())
    now = asyncio.get_running_loop().time()
    for _ in range(LEAST_CALLS - 1):
        slot = router.health.acquire(providers[0], now)
        assert slot is not None
        router.health.failed(slot, now)
    with caplog.at_level(logging.DEBUG):
        response, _ = await router.answer(due_in(20, text="I am Ada"), NEW, now_micros, repeated=False)
    assert response["tries"][0]["error"] == "HTTP 401: *** may not ask 'I am Ada'"
    assert "provider first takes no calls for now: HTTP 401" in caplog.messages
    assert "Ada" not in caplog.text
    assert "k-secret" not in caplog.text
