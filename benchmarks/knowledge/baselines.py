"""Simple models to compare with: mean, Elo, and an online logistic model with counts.

Each predicts before it updates, starts from the training learners, and goes on learning on the tested ones.
"""

from collections import defaultdict
from collections.abc import Callable
from math import exp, log1p, sqrt

import numpy as np
from numpy.typing import NDArray

from agents.profile.knowledge import Attempt
from benchmarks.knowledge.sets import Learner

Floats = NDArray[np.float64]


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + exp(-max(min(x, 30.0), -30.0)))


class Mean:
    """The concept's (with items: the item's) share of right answers so far, shrunk to the overall share."""

    def __init__(self) -> None:
        self.sums: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        self.total = [2.0, 1.0]

    def start(self) -> None:
        """A new learner begins."""

    def step(self, attempt: Attempt) -> float:
        overall = self.total[1] / self.total[0]
        sums = self.sums[attempt.item or "+".join(attempt.concepts)]
        p = (sums[1] + 5.0 * overall) / (sums[0] + 5.0)
        for entry in (sums, self.total):
            entry[0] += 1.0
            entry[1] += attempt.correct
        return p


class Elo:
    """Learner and item (without items: concept) ratings with a step of a / (1 + b·n).

    Pelánek, Applications of the Elo rating system in adaptive educational systems, 2016.
    """

    def __init__(self) -> None:
        self.items: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        self.learner = [0.0, 0.0]

    def start(self) -> None:
        self.learner = [0.0, 0.0]

    def step(self, attempt: Attempt) -> float:
        rating = self.items[attempt.item or "+".join(attempt.concepts)]
        p = _sigmoid(self.learner[0] - rating[0])
        surprise = attempt.correct - p
        self.learner[0] += 1.0 / (1.0 + 0.05 * self.learner[1]) * surprise
        rating[0] -= 1.0 / (1.0 + 0.05 * rating[1]) * surprise
        self.learner[1] += 1.0
        rating[1] += 1.0
        return p


class Logistic:
    """Online logistic regression with AdaGrad on item and concept indicators, counts and recency.

    In the manner of performance factors analysis (Pavlik, Cen & Koedinger, 2009).
    """

    RATE = 0.15

    def __init__(self) -> None:
        self.weights: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 1.0])
        self.start()

    def start(self) -> None:
        self.right: defaultdict[str, int] = defaultdict(int)
        self.wrong: defaultdict[str, int] = defaultdict(int)
        self.recent: defaultdict[str, float] = defaultdict(float)
        self.last = ("", 0.0)
        self.overall = 0.0

    def _inputs(self, attempt: Attempt) -> list[tuple[str, float]]:
        inputs = [("bias", 1.0), ("right", 0.5 * log1p(self.right[""])), ("wrong", 0.5 * log1p(self.wrong[""]))]
        inputs.append(("overall", 2.0 * self.overall))
        share = 1.0 / max(len(attempt.concepts), 1)
        for concept in attempt.concepts:
            inputs += [
                (f"c{concept}", share),
                ("concept right", 0.5 * share * log1p(self.right[concept])),
                ("concept wrong", 0.5 * share * log1p(self.wrong[concept])),
                ("concept recent", 2.0 * share * self.recent[concept]),
            ]
        if attempt.item is not None:
            inputs.append((f"i{attempt.item}", 1.0))
            if attempt.item == self.last[0]:
                inputs += [("same", 1.0), ("same right", self.last[1])]
        return inputs

    def step(self, attempt: Attempt) -> float:
        inputs = self._inputs(attempt)
        entries = [(self.weights[name], value) for name, value in inputs]
        p = _sigmoid(sum(entry[0] * value for entry, value in entries))
        surprise = attempt.correct - p
        for entry, value in entries:
            gradient = surprise * value
            entry[1] += gradient * gradient
            entry[0] += self.RATE * gradient / sqrt(entry[1]) * 2.0
        sign = 1.0 if attempt.correct else -1.0
        for key in ("", *attempt.concepts):
            (self.right if attempt.correct else self.wrong)[key] += 1
        for concept in attempt.concepts:
            self.recent[concept] += 0.3 * (sign - self.recent[concept])
        self.overall += 0.1 * (sign - self.overall)
        self.last = (attempt.item or "", sign)
        return p


BASELINES: dict[str, Callable[[], Mean | Elo | Logistic]] = {"mean": Mean, "elo": Elo, "logistic": Logistic}


def run(name: str, train: list[Learner], test: list[Learner]) -> Floats:
    """Probabilities for each attempt of `test`, in order."""
    model = BASELINES[name]()
    for learner in train:
        model.start()
        for attempt in learner.attempts:
            model.step(attempt)
    predicted = []
    for learner in test:
        model.start()
        predicted += [model.step(attempt) for attempt in learner.attempts]
    return np.array(predicted)
