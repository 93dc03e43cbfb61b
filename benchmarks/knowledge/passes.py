"""Runs learners through the online part and collects what the members train on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.profile.knowledge import KnowledgeState, SharedDifficulty, Statistics, merge
from agents.profile.knowledge.features import FEATURES, view
from agents.profile.knowledge.model import noted
from agents.profile.knowledge.trace import advance, continues
from benchmarks.knowledge.sets import Learner


@dataclass(frozen=True)
class Table:
    """One learner's attempts: `features` (T, F) before each, and `outcomes` (T,)."""

    learner: Learner
    features: NDArray[np.float32]
    outcomes: NDArray[np.float32]


def run(learners: list[Learner], start: Statistics) -> tuple[list[Table], Statistics]:
    """Predict-then-update over `learners`, one after another, from `start`.

    Returns the table of each and the statistics of these learners alone.
    """
    shared = SharedDifficulty("run")
    shared.replace("start", start)
    tables = []
    for learner in learners:
        state = KnowledgeState()
        features = np.zeros((len(learner.attempts), FEATURES), np.float32)
        outcomes = np.zeros(len(learner.attempts), np.float32)
        for row, attempt in enumerate(learner.attempts):
            seen = view(state, shared.total, attempt.item, attempt.concepts, attempt.at)
            features[row] = seen.values
            outcomes[row] = attempt.correct
            if not continues(state, seen, attempt):
                shared.observe(noted(seen, attempt))
            advance(state, seen, attempt, None)
        tables.append(Table(learner, features, outcomes))
    return tables, shared.own


def cross_fitted(learners: list[Learner], parts: int, seed: int) -> tuple[list[Table], list[Table], Statistics]:
    """Tables whose statistics come from other learners, as they will for a new one.

    The learners are dealt into `parts`. A first pass over each part alone yields its statistics (and the
    cold tables, returned second); in a second pass each part starts from the sum of the others. Third:
    the statistics of all.
    """
    order = np.random.default_rng(seed).permutation(len(learners))
    dealt = [[learners[i] for i in order[k::parts]] for k in range(parts)]
    first = [run(part, Statistics()) for part in dealt]
    cold = [table for tables, _ in first for table in tables]
    warm: list[Table] = []
    for k, part in enumerate(dealt):
        tables, _ = run(part, merge(statistics for j, (_, statistics) in enumerate(first) if j != k))
        warm += tables
    return warm, cold, merge(statistics for _, statistics in first)
