"""What the router asks of a client, whichever library is behind it."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

# Names the learner's message to a provider's log; servers ignore headers that they don't know.
MESSAGE_HEADER = "X-Message-Id"


class Chunk(NamedTuple):
    """A part of a reply. `finish_reason` and the token counts stand in one of the last, if the provider gives them."""

    text: str = ""
    finish_reason: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Call(NamedTuple):
    """What a provider is asked. `user` is what it may know of the learner: an id, or empty."""

    messages: Sequence[dict[str, str]]
    max_tokens: int
    message_id: str
    user: str = ""


# Takes a reply's parts as they come, from the event loop. Must not block; what it raises ends the call.
OnChunk = Callable[[Chunk], None]


class Client(Protocol):
    """Makes calls to one provider."""

    async def ask(self, call: Call, on_chunk: OnChunk) -> None:
        """Make a call, hand on its reply in parts, and return when the reply is whole.

        The first part is empty: it says that the call is on its way to a provider that can be reached.

        Parts are handed on rather than awaited: a wait for each token costs more than all else that is done with it.
        Raises `ProviderFailure`, and nothing else of its own making, before the first part or after any; a reply that
        ends without the provider's word that it is complete is such a failure. What `on_chunk` raises comes out as it
        is. Waits as long as the provider does: time limits are the caller's, who cancels to end a call.
        """

    async def close(self) -> None:
        """Give back connections. No call may be under way or follow."""
