"""Rank statistics: area under the ROC curve and Spearman's correlation, ties counted by mid-ranks."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def ranks(values: ArrayLike) -> NDArray[np.float64]:
    """Mid-ranks, from 1."""
    array = np.asarray(values, dtype=np.float64)
    _, place, counts = np.unique(array, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    out: NDArray[np.float64] = (ends - (counts - 1) / 2.0)[place]
    return out


def auc(truth: ArrayLike, scores: ArrayLike) -> float:
    """Chance that a true row scores above a false one; NaN when either kind is missing."""
    true = np.asarray(truth, dtype=bool)
    positives, negatives = int(true.sum()), int((~true).sum())
    if not positives or not negatives:
        return float("nan")
    total = ranks(scores)[true].sum()
    return float((total - positives * (positives + 1) / 2) / (positives * negatives))


def spearman(first: ArrayLike, second: ArrayLike) -> float:
    """Correlation of the mid-ranks; NaN when either is constant."""
    a, b = ranks(first), ranks(second)
    if a.std() == 0 or b.std() == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])
