"""The ensemble: a linear model, boosted trees and recurrent members over the features, and one weighting.

`predict` reads; `step` predicts, then updates: the order in which the model is also evaluated. Cost per
event depends on the number of concepts of the attempt, never on the length of the history.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.profile.knowledge.attempt import Attempt, Prediction
from agents.profile.knowledge.effects import sigmoid
from agents.profile.knowledge.features import FEATURES, Prerequisites, View, view
from agents.profile.knowledge.guess_slip import posterior
from agents.profile.knowledge.inputs import packed
from agents.profile.knowledge.recurrent import Looked, Recurrent
from agents.profile.knowledge.state import KnowledgeState
from agents.profile.knowledge.statistics import Noted, SharedDifficulty, Statistics
from agents.profile.knowledge.trace import advance, continues
from agents.profile.knowledge.trees import Trees

CLIP = np.float32(6.0)
"""Standardised features are cut at this many standard deviations."""


@dataclass(frozen=True)
class Weights:
    """What was trained off line. `mean`, `scale` (F,) standardise the features; `linear` (F,) and `intercept`
    are the logistic model; `blend` weighs the log-odds of the members (logistic, trees if any, recurrent
    ones) and ends with an offset."""

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    linear: NDArray[np.float32]
    intercept: float
    trees: Trees | None = None
    members: tuple[Recurrent, ...] = ()
    blend: tuple[float, ...] = (1.0, 0.0)

    def __post_init__(self) -> None:
        for name in ("mean", "scale", "linear"):
            if getattr(self, name).shape != (FEATURES,):
                raise ValueError(f"weights: {name} has shape {getattr(self, name).shape}, need ({FEATURES},)")
        need = 2 + (self.trees is not None) + len(self.members)
        if len(self.blend) != need:
            raise ValueError(f"weights: blend has {len(self.blend)} values, need {need}")

    @property
    def hidden_size(self) -> int:
        return sum(member.hidden_size for member in self.members)


@dataclass(slots=True)
class _Looked:
    seen: View
    members: list[Looked]
    prediction: Prediction


# Arrays of no dimension: a ufunc would make one of a number at each call.
_CLIP, _LEAST = np.array(CLIP), np.array(-CLIP)


class KnowledgeModel:
    """P(next attempt right) for one learner at a time; holds weights only, so it can be shared by all."""

    def __init__(self, weights: Weights, prerequisites: Prerequisites | None = None) -> None:
        self.weights = weights
        self.prerequisites = prerequisites

    def new_state(self) -> KnowledgeState:
        return KnowledgeState(hidden=np.zeros(self.weights.hidden_size, np.float32))

    def predict(
        self,
        state: KnowledgeState,
        shared: Statistics,
        item: str | None,
        concepts: tuple[str, ...],
        at: float | None = None,
    ) -> Prediction:
        """What to expect if this learner tried `item` (on `concepts`) at time `at`. Changes nothing."""
        return self._look(state, shared, item, concepts, at).prediction

    def update(self, state: KnowledgeState, shared: SharedDifficulty, attempt: Attempt) -> KnowledgeState:
        """Move `state` and `shared` by `attempt`, in place; returns `state`."""
        self.step(state, shared, attempt)
        return state

    def step(self, state: KnowledgeState, shared: SharedDifficulty, attempt: Attempt) -> Prediction | None:
        """Predict `attempt`, then move `state` and this partition's share of `shared` by it, in place.

        Returns None, and changes nothing, for an attempt whose id was among the learner's last ones.
        """
        if attempt.attempt_id is not None and state.is_repeat(attempt.attempt_id):
            return None
        looked = self._look(state, shared.total, attempt.item, attempt.concepts, attempt.at)
        seen = looked.seen
        self._advance_hidden(state, looked, attempt.correct)
        if not continues(state, seen, attempt):
            shared.observe(noted(seen, attempt))
        advance(state, seen, attempt, self.prerequisites)
        return looked.prediction

    def _look(
        self,
        state: KnowledgeState,
        shared: Statistics,
        item: str | None,
        concepts: tuple[str, ...],
        at: float | None,
    ) -> _Looked:
        seen = view(state, shared, item, concepts, at, self.prerequisites)
        w = self.weights
        raw = np.array(seen.values, np.float32)
        features = raw - w.mean
        features *= w.scale
        np.minimum(features, _CLIP, out=features)
        np.maximum(features, _LEAST, out=features)
        logit = float(features @ w.linear) + w.intercept
        parts = {"effects": seen.probability, "logistic": sigmoid(logit)}
        total = w.blend[0] * logit + w.blend[-1]
        place = 1
        if w.trees is not None:
            logit = w.trees.logit(raw)
            parts["trees"] = sigmoid(logit)
            total += w.blend[1] * logit
            place = 2
        members = []
        at_hidden = 0
        for number, member in enumerate(w.members):
            size = member.hidden_size
            looked = member.look(features, concepts, state.hidden[at_hidden : at_hidden + size])
            members.append(looked)
            at_hidden += size
            parts[f"recurrent_{number + 1}"] = sigmoid(looked.logit)
            total += w.blend[place + number] * looked.logit
        p = sigmoid(total)
        uncertainty = p * (1.0 - p) * sqrt(seen.variance)
        prediction = Prediction(p, uncertainty, seen.known, seen.guess, seen.slip, parts, packed(raw))
        return _Looked(seen, members, prediction)

    def _advance_hidden(self, state: KnowledgeState, looked: _Looked, correct: bool) -> None:
        moved = [member.move(one, correct) for member, one in zip(self.weights.members, looked.members, strict=True)]
        if moved:
            state.hidden = moved[0] if len(moved) == 1 else np.concatenate(moved)


def noted(seen: View, attempt: Attempt) -> Noted:
    """The attempt as the shared statistics take it."""
    return Noted(
        attempt.item,
        attempt.concepts,
        1.0 if attempt.correct else 0.0,
        seen.without_concept,
        seen.without_item,
        seen.probability,
        posterior(seen.known, seen.guess, seen.slip, attempt.correct),
        seen.follows,
        seen.transitions,
    )


def standardised(raw: NDArray[np.float32], arrays: Mapping[str, Any]) -> NDArray[np.float32]:
    """Features (N, F) as `KnowledgeModel` standardises them with `mean` and `scale` of `arrays`."""
    scaled: NDArray[np.float32] = np.clip((raw - arrays["mean"]) * arrays["scale"], -CLIP, CLIP).astype(np.float32)
    return scaled
