"""Which provider to try first, and the record that says why."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from agents.routing.language import tag
from config.mastery import mean
from schemas.codec import Event

NO_CHARGES: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A provider that was weighed. `propensity` is the probability with which the policy picks it here."""

    provider: str
    score: float
    propensity: float
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The policy's word on one message: all providers, in the order in which to try them."""

    policy: str
    features: Mapping[str, float]
    candidates: tuple[Candidate, ...]

    def propensity(self, provider: str) -> float:
        """The probability with which the policy picks `provider` here; 0 for one that it did not weigh."""
        return next((c.propensity for c in self.candidates if c.provider == provider), 0.0)

    def record(self, provider: str) -> dict[str, Any]:
        """A RoutingDecision for the response that came from `provider`.

        Its propensity is 0 where another one was picked and did not answer: a fallback is not drawn.
        """
        picked = bool(self.candidates) and self.candidates[0].provider == provider
        return {
            "policy": self.policy,
            "features": dict(self.features),
            "candidates": [
                {"provider": c.provider, "score": c.score, "propensity": c.propensity, "reason": c.reason}
                for c in self.candidates
            ],
            "propensity": self.propensity(provider) if picked else 0.0,
        }


class Policy(Protocol):
    """Ranks providers for a message."""

    @property
    def name(self) -> str:
        """Name and version."""

    def decide(
        self,
        task: str,
        features: Mapping[str, float],
        open_to_calls: Mapping[str, bool],
        charges: Mapping[str, float] = NO_CHARGES,
        draw: str = "",
    ) -> Decision:
        """The decision for a message; `open_to_calls`: each provider, and whether it takes calls now.

        `charges` are to be set against what a provider's reply is worth, while money is short. What is left to chance
        follows from `draw`, the message's id: asked again in the same position, it says the same. Without it, chance
        is the policy's own.
        """

    def observe_try(self, provider: str, ok: bool) -> None:
        """Told of each call as it ends."""


class DeclaredOrder:
    """Always the first provider of the file that takes calls, then the next."""

    name = "declared-order/1"

    def decide(
        self,
        task: str,
        features: Mapping[str, float],
        open_to_calls: Mapping[str, bool],
        charges: Mapping[str, float] = NO_CHARGES,
        draw: str = "",
    ) -> Decision:
        """See `Policy.decide`. Providers that take no calls now rank last and are never the choice; charges are
        passed over."""
        ranked = sorted(open_to_calls.items(), key=lambda item: not item[1])
        candidates = []
        for place, (name, is_open) in enumerate(ranked):
            chosen = place == 0 and is_open
            reason = "takes calls" if is_open else "takes no calls now"
            candidates.append(Candidate(name, -float(place), float(chosen), f"declared order, {reason}"))
        return Decision(self.name, features, tuple(candidates))

    def observe_try(self, provider: str, ok: bool) -> None:
        """See `Policy.observe_try`: the order stays."""


def features_of(scored: Event, prompt_tokens: int) -> dict[str, float]:
    """What a policy may look at: task and language as indicators, the rest as numbers of comparable size.

    `mastery` is the mean over the concepts at hand (0.5 where there is none), `length` the message's tokens / 100,
    `prompt` the prompt's tokens / 1000.
    """
    emotion = scored["emotion"]
    states = emotion["states"]
    return {
        f"task:{scored['task']}": 1.0,
        f"language:{re.split('[-_]', tag(scored['language']) or 'en')[0].lower()}": 1.0,
        "valence": emotion["valence"],
        "frustrated": states.get("frustrated", 0.0),
        "confused": states.get("confused", 0.0),
        "mastery": mean(scored["mastery"].values()),
        "length": scored["text_tokens"] / 100,
        "prompt": prompt_tokens / 1000,
    }
