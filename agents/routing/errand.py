"""What is known of one message while it is being answered."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.routing.ledger import Turn
from agents.routing.prompt import Prompt
from agents.routing.usage import Usage
from config.providers import Provider
from schemas import ids
from schemas.codec import Event

# (response id, number of the try from 1, sequence number within the try from 0, text). A higher number makes void what
# came before it; a try after one that gave text says so with an empty text at sequence 0 as soon as it begins. Called
# from the event loop; must not block.
TokenSink = Callable[[str, int, int, str], None]

MOST_RECORDED_TRIES = 24


def response_id(message_id: str) -> str:
    """The id of the response to a message: one message, one response id."""
    return ids.derived(message_id, "routing", "response")


@dataclass(slots=True)
class Errand:
    """What is known of one message while it is being answered. `give_up` is on the event loop's clock.

    `prompts` holds, by provider, those that had to be shorter than `prompt` to keep the budget there. `lost_usd` is
    what calls have cost that did not give the reply. `streamed`: the listener was given text that stands.
    """

    scored: Event
    prompt: Prompt
    give_up: float
    on_token: TokenSink | None
    turns: Sequence[Turn] = ()
    prompts: dict[str, Prompt] = field(default_factory=dict)
    tries: list[dict[str, Any]] = field(default_factory=list)
    calls: int = 0
    excluded: set[str] = field(default_factory=set)
    bad_replies: Counter[str] = field(default_factory=Counter)
    missing: list[str] = field(default_factory=list)
    streamed: bool = False
    provider_ms: float = 0.0
    lost_usd: float = 0.0

    def lose(self, provider: Provider, used: Usage) -> None:
        """A call that did not give the reply is paid for."""
        self.lost_usd += provider.cost_usd(*used)

    def record(self, provider: Provider, outcome: str, error: str | None, elapsed: float) -> None:
        """One try, or why there was none, for those who ask why this answer. `elapsed` is seconds."""
        self.provider_ms += elapsed * 1000
        if len(self.tries) < MOST_RECORDED_TRIES:
            self.tries.append(
                {
                    "provider": provider.name,
                    "model": provider.model,
                    "outcome": outcome,
                    "error": error,
                    "elapsed_ms": elapsed * 1000,
                }
            )

    def numbered(self) -> Callable[[str], None] | None:
        """What takes the next try's tokens and passes them on with their numbers; None where nobody listens."""
        sink = self.on_token
        if sink is None:
            return None
        answer_id, number, sequence = response_id(self.scored["message_id"]), self.calls, 0
        if self.streamed:
            sink(answer_id, number, 0, "")
            sequence = 1
            # Said once: said again by a request beside this one, it would void what this one is about to say.
            self.streamed = False

        def tell(text: str) -> None:
            nonlocal sequence
            self.streamed = True
            sink(answer_id, number, sequence, text)
            sequence += 1

        return tell
