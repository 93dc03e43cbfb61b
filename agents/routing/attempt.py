"""One call to one provider: its time limits kept, its reply checked."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass

from agents.routing import quality, tokens
from agents.routing.failure import ProviderFailure, one_line
from agents.routing.providers.client import Call, Client
from config.providers import Timeouts

# A reply far beyond any token limit is a server out of control.
MOST_CHARS = 100_000


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply that passed the checks. Tokens are the provider's count, else the local one; times in seconds."""

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    first_token: float
    elapsed: float


async def attempt(
    client: Client, call: Call, limits: Timeouts, prompt_tokens: int, on_text: Callable[[str], None] | None = None
) -> Reply:
    """Make `call` and give its reply.

    `limits` bound the wait for the first token, between two tokens, and in all. `on_text` gets each part as it comes.
    Raises `ProviderFailure` for whatever goes wrong; lets cancellation through, with the connection closed.
    """
    loop = asyncio.get_running_loop()
    start = loop.time()
    end = start + limits.total
    parts: list[str] = []
    length = 0
    first_token: float | None = None
    finish_reason, prompt_count, completion_count = "", 0, 0
    try:
        async with (
            asyncio.timeout_at(min(start + limits.first_token, end)) as limit,
            aclosing(client.stream(call)) as reply,
        ):
            async for chunk in reply:
                now = loop.time()
                if chunk.text:
                    if first_token is None:
                        first_token = now - start
                    parts.append(chunk.text)
                    length += len(chunk.text)
                    if length > MOST_CHARS:
                        raise ProviderFailure("bad_reply", f"longer than {MOST_CHARS} characters")
                    if on_text is not None:
                        on_text(chunk.text)
                    limit.reschedule(min(now + limits.between_tokens, end))
                finish_reason = chunk.finish_reason or finish_reason
                prompt_count = chunk.prompt_tokens or prompt_count
                completion_count = chunk.completion_tokens or completion_count
    except TimeoutError as error:
        raise ProviderFailure("timeout", _which_limit(loop.time(), start, end, first_token is None)) from error
    except ProviderFailure:
        raise
    except Exception as error:
        # A client's bug or a library's surprise is one failed call, not the end of the stage.
        raise ProviderFailure("server_error", one_line(error)) from error
    text = "".join(parts)
    if (wrong := quality.problem(text, finish_reason)) is not None:
        raise ProviderFailure("bad_reply", wrong)
    return Reply(
        text=text.strip(),
        finish_reason=finish_reason or "stop",
        prompt_tokens=prompt_count or prompt_tokens,
        completion_tokens=completion_count or tokens.estimate(text),
        first_token=first_token or 0.0,
        elapsed=loop.time() - start,
    )


def _which_limit(now: float, start: float, end: float, waiting_for_first: bool) -> str:
    what = "no token" if waiting_for_first else "not whole" if now >= end else "no further token"
    return f"{what} after {now - start:.1f} s"
