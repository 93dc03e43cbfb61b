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
    what calls have cost that did not give the reply. `streamed`: the listener was given text that stands. `provider_ms`
    is the time for which providers were waited for; of two that were asked at once it counts once.
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
    asked_at: float | None = None
    lost_usd: float = 0.0

    def asked(self, now: float) -> None:
        """A call begins, perhaps beside another. `now` is on the event loop's clock."""
        if self.asked_at is None:
            self.asked_at = now

    def waited(self, now: float) -> None:
        """No call is under way any more."""
        if self.asked_at is not None:
            self.provider_ms += (now - self.asked_at) * 1000
            self.asked_at = None

    def lose(self, provider: Provider, used: Usage) -> None:
        """A call that did not give the reply is paid for."""
        self.lost_usd += provider.cost_usd(*used)

    def record(self, provider: Provider, outcome: str, error: str | None, elapsed: float) -> None:
        """One try, or why there was none, for those who ask why this answer. `elapsed` is seconds.

        Of more than `MOST_RECORDED_TRIES` only one that gave a reply is kept.
        """
        if outcome == "ok" or len(self.tries) < MOST_RECORDED_TRIES:
            self.tries.append(
                {
                    "provider": provider.name,
                    "model": provider.model,
                    "outcome": outcome,
                    "error": error,
                    "elapsed_ms": elapsed * 1000,
                }
            )

    def discard(self, provider: Provider, error: str) -> None:
        """The good reply that came last is nobody's answer: its call has run out of time."""
        good = (one for one in reversed(self.tries) if (one["provider"], one["outcome"]) == (provider.name, "ok"))
        next(good).update(outcome="timeout", error=error)

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
