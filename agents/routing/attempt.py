"""One call to one provider: its time limits kept, its reply checked."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from agents.routing import quality
from agents.routing.failure import ProviderFailure, one_line
from agents.routing.providers.client import Call, Chunk, Client
from agents.routing.usage import OnLost, Usage, counted, is_paid
from config.providers import Timeouts

# A reply far beyond any token limit is a server out of control.
MOST_CHARS = 100_000


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply that passed the checks. Tokens are the provider's count, else the local one; times in seconds.

    `counted`: the provider reported the prompt's tokens.
    """

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    first_token: float
    elapsed: float
    counted: bool = False

    @property
    def usage(self) -> Usage:
        """What the call has used."""
        return Usage(self.prompt_tokens, self.completion_tokens)


class FairTime(NamedTuple):
    """Seconds to the first token, and in all, that a provider may be expected to keep to."""

    first_token: float
    total: float


ANY_TIME = FairTime(0.0, 0.0)


class _Listener:
    """Takes a reply's parts as they come, and knows when the next one is due."""

    __slots__ = (
        "_alarm",
        "_between",
        "_due",
        "_end",
        "_first",
        "_limit",
        "_loop",
        "_on_text",
        "_start",
        "_total",
        "completion_tokens",
        "finish_reason",
        "first_token",
        "length",
        "parts",
        "prompt_tokens",
        "reached",
    )

    def __init__(self, limits: Timeouts, limit: asyncio.Timeout, on_text: Callable[[str], None] | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._start = self._loop.time()
        self._total = limits.total
        self._end = self._start + limits.total
        self._first = min(limits.first_token, limits.total)
        self._due = self._start + self._first
        self._between = limits.between_tokens
        self._limit = limit
        self._on_text = on_text
        # Setting a timer for each token would cost more than the token: this one looks again when it goes off.
        self._alarm = self._loop.call_at(self._due, self._look)
        self.parts: list[str] = []
        self.length = 0
        self.first_token: float | None = None
        self.finish_reason = ""
        self.reached = False
        self.prompt_tokens = self.completion_tokens = 0

    def take(self, chunk: Chunk) -> None:
        """A part of the reply. Raises `ProviderFailure` where it is one too many."""
        self.reached = True
        if chunk.text:
            if not _is_unicode(chunk.text):
                raise ProviderFailure("bad_reply", "half a surrogate pair")
            now = self._loop.time()
            if self.first_token is None:
                self.first_token = now - self._start
            self.parts.append(chunk.text)
            self.length += len(chunk.text)
            if self.length > MOST_CHARS:
                raise ProviderFailure("bad_reply", f"longer than {MOST_CHARS} characters")
            if self._on_text is not None:
                self._on_text(chunk.text)
            self._due = min(now + self._between, self._end)
            if self._due < self._alarm.when():
                self._alarm.cancel()
                self._alarm = self._loop.call_at(self._due, self._look)
        self.finish_reason = chunk.finish_reason or self.finish_reason
        self.prompt_tokens = chunk.prompt_tokens or self.prompt_tokens
        self.completion_tokens = chunk.completion_tokens or self.completion_tokens

    def _look(self) -> None:
        now = self._loop.time()
        if now >= self._due:
            self._limit.reschedule(now)
        else:
            self._alarm = self._loop.call_at(self._due, self._look)

    @property
    def elapsed(self) -> float:
        """Seconds since the call began."""
        return self._loop.time() - self._start

    def close(self) -> None:
        """Nothing more is due."""
        self._alarm.cancel()

    def usage(self, prompt_tokens: int) -> Usage:
        """What the call has used so far, by the provider's count, else by the local one."""
        return counted(Usage(self.prompt_tokens, self.completion_tokens), prompt_tokens, "".join(self.parts))

    def had_less_than(self, fair: FairTime) -> bool:
        """Whether the limit that was not kept was shorter than what is fair: its message had no more time."""
        if self.first_token is None:
            return self._first < fair.first_token
        return self._loop.time() >= self._end and self._total < fair.total

    def missed(self) -> str:
        """Which limit was not kept."""
        now = self._loop.time()
        what = "no token" if self.first_token is None else "not whole" if now >= self._end else "no further token"
        return f"{what} after {now - self._start:.1f} s"


def _is_unicode(text: str) -> bool:
    """Whether it can be encoded. A provider's JSON may hold half a surrogate pair, and no record or frame can."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


async def attempt(
    client: Client,
    call: Call,
    limits: Timeouts,
    prompt_tokens: int,
    on_text: Callable[[str], None] | None = None,
    on_lost: OnLost | None = None,
    fair: FairTime = ANY_TIME,
) -> Reply:
    """Make `call` and give its reply.

    `limits` bound the wait for the first token, between two tokens, and in all; where they were shorter than `fair`,
    running out of them is no fault of the provider's. `on_text` gets each part as it comes, `on_lost` what a call
    without a reply has used. Raises `ProviderFailure` for whatever goes wrong; lets cancellation through, with the
    connection closed.
    """
    limit = asyncio.timeout(None)
    heard = _Listener(limits, limit, on_text)
    try:
        return await _whole(client, call, limit, heard, prompt_tokens, fair)
    except BaseException as error:
        some = bool(heard.parts or heard.prompt_tokens or heard.completion_tokens)
        paid = is_paid(error, reached=heard.reached, heard=some, timed_out=limit.expired())
        if paid and on_lost is not None:
            on_lost(heard.usage(prompt_tokens))
        raise


async def _whole(
    client: Client, call: Call, limit: asyncio.Timeout, heard: _Listener, prompt_tokens: int, fair: FairTime
) -> Reply:
    try:
        try:
            async with limit:
                await client.ask(call, heard.take)
        except TimeoutError as error:
            # Else it was whole, and what took so long is the count of tokens or the connection's end.
            if not heard.finish_reason:
                raise ProviderFailure("timeout", heard.missed(), blames_message=heard.had_less_than(fair)) from error
        return _checked(heard, prompt_tokens)
    except ProviderFailure:
        raise
    except Exception as error:
        # A client's bug or a library's surprise is one failed call, not the end of the stage.
        raise ProviderFailure("server_error", one_line(error)) from error
    finally:
        heard.close()


def _checked(heard: _Listener, prompt_tokens: int) -> Reply:
    """The whole reply. Raises `ProviderFailure` where it is not fit."""
    text = "".join(heard.parts)
    if quality.withheld(heard.finish_reason):
        raise ProviderFailure("withheld", f"withheld by the provider ({heard.finish_reason})")
    if (wrong := quality.problem(text)) is not None:
        raise ProviderFailure("bad_reply", wrong)
    used = heard.usage(prompt_tokens)
    return Reply(
        text=text.strip(),
        finish_reason=heard.finish_reason or "stop",
        prompt_tokens=used.prompt_tokens,
        completion_tokens=used.completion_tokens,
        first_token=heard.first_token or 0.0,
        elapsed=heard.elapsed,
        counted=used.prompt_tokens == heard.prompt_tokens,
    )
