"""Segments of learners that come out again when other learners are drawn.

k-means on standardised figures, k chosen by stability: each segment's mean Jaccard similarity to the nearest one found
in bootstrap samples (Hennig, Cluster-wise assessment of cluster stability, CSDA 2007). Of the k whose least stable
segment is within `NEAR` of the best, the largest is taken. A segment under `STABLE` is not to be talked about as if it
were there: where no k has only stable ones, there is one segment, everybody. Segments
describe a class at one time; nothing in the tutor treats a learner by one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STABLE = 0.75
NEAR = 0.03
MOST_SEGMENTS = 6
# Learners for each segment that is tried for, on average.
LEAST_A_SEGMENT = 10
ROUNDS = 30
STARTS = 5
STEPS = 50
Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Segments:
    """`labels` of the learners in their order, `centres` in the figures' own units, `stability` of each segment."""

    labels: Labels
    centres: Floats
    stability: tuple[float, ...]

    @property
    def stable(self) -> float:
        """The least stable segment's figure; 1 for a single segment."""
        return min(self.stability)


def segment(figures: Floats, seed: int = 1, most: int = MOST_SEGMENTS, rounds: int = ROUNDS) -> Segments:
    """The segments, or one of everybody. `figures`: a row for each learner, a column for each figure, no gaps."""
    rows = np.asarray(figures, np.float64)
    if len(rows) == 0:
        raise ValueError("there is nobody to put into segments")
    centre, scale = np.median(rows, axis=0), rows.std(axis=0)
    scaled = (rows - centre) / np.where(scale > 0.0, scale, 1.0)
    everybody = Segments(np.zeros(len(rows), np.int64), rows.mean(axis=0, keepdims=True), (1.0,))
    rng = np.random.default_rng(seed)
    found: list[Segments] = []
    for k in range(2, min(most, len(rows) // LEAST_A_SEGMENT) + 1):
        labels, _ = _means(scaled, k, rng)
        centres = np.array([rows[labels == one].mean(axis=0) for one in range(k)])
        found.append(Segments(labels, centres, _stability(scaled, labels, k, rounds, rng)))
    best = max((one.stable for one in found), default=0.0)
    near = [one for one in found if one.stable >= max(best - NEAR, STABLE)]
    return near[-1] if near else everybody


def _stability(rows: Floats, labels: Labels, k: int, rounds: int, rng: np.random.Generator) -> tuple[float, ...]:
    total = np.zeros(k)
    seen = np.zeros(k)
    for _ in range(rounds):
        drawn = np.unique(rng.integers(0, len(rows), len(rows)))
        again, _ = _means(rows[drawn], k, rng)
        before = labels[drawn]
        for one in range(k):
            mine = before == one
            if mine.any():
                total[one] += max(_jaccard(mine, again == other) for other in range(k))
                seen[one] += 1
    return tuple(float(value) for value in np.round(total / np.maximum(seen, 1), 4))


def _jaccard(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    return float((a & b).sum() / max((a | b).sum(), 1))


def _means(rows: Floats, k: int, rng: np.random.Generator) -> tuple[Labels, float]:
    """The best of `STARTS` runs of k-means from k-means++ seeds (Arthur & Vassilvitskii, SODA 2007)."""
    best: tuple[Labels, float] | None = None
    for _ in range(STARTS):
        centres = rows[[rng.integers(len(rows))]]
        while len(centres) < k:
            near = ((rows[:, None] - centres[None]) ** 2).sum(axis=2).min(axis=1)
            weights = near / near.sum() if near.sum() > 0.0 else np.full(len(rows), 1.0 / len(rows))
            centres = np.vstack([centres, rows[rng.choice(len(rows), p=weights)]])
        labels = np.full(len(rows), -1)
        for _ in range(STEPS):
            distance = ((rows[:, None] - centres[None]) ** 2).sum(axis=2)
            nearest = distance.argmin(axis=1)
            if (nearest == labels).all():
                break
            labels = nearest
            centres = np.array(
                [rows[labels == one].mean(axis=0) if (labels == one).any() else centres[one] for one in range(k)]
            )
        within = float(distance.min(axis=1).sum())
        if best is None or within < best[1]:
            best = (labels, within)
    assert best is not None
    return best
