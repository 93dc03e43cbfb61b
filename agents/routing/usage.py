"""What calls used and what that costs: of those that gave the reply, and of those that did not.

A provider is paid for what it has read and written, whether or not that can be shown to a learner.
"""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from agents.routing import tokens
from agents.routing.failure import ProviderFailure
from schemas.codec import Event

# What is reported beyond this is no count of tokens, and has no room in a response either.
MOST_TOKENS = 100_000_000


class Usage(NamedTuple):
    """Tokens of a prompt and of what was written to it."""

    prompt_tokens: int
    completion_tokens: int


# Told once of a call that ended without a reply and is paid for all the same.
OnLost = Callable[[Usage], None]


def counted(reported: Usage, prompt_tokens: int, text: str) -> Usage:
    """By the provider's count; where it gave none that can be one, the local one: `prompt_tokens`, and those of the
    `text` so far."""
    read, written = reported
    return Usage(
        read if 0 < read <= MOST_TOKENS else prompt_tokens,
        written if 0 < written <= MOST_TOKENS else tokens.estimate(text) if text else 0,
    )


def is_paid(error: BaseException, *, reached: bool, heard: bool, timed_out: bool) -> bool:
    """Whether a call that ended by `error` is paid for. `reached`: it was sent; `heard`: text or a count came.

    One that the provider refused is not. One that was sent and given up, for its time or for a quicker one, is: the
    provider has the prompt.
    """
    useless = isinstance(error, ProviderFailure) and error.kind in ("bad_reply", "withheld")
    given_up = timed_out or isinstance(error, asyncio.CancelledError)
    return heard or useless or (reached and given_up)


def paid_usd(response: Event) -> float:
    """US dollars that the message of a TutorResponse has cost, with all its calls."""
    return float(response["cost_usd"] + response["lost_usd"])
