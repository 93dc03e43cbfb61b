"""Measures of predicted probabilities against outcomes, in numpy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


def auc(outcomes: Floats, scores: Floats) -> float:
    """Area under the ROC curve, ties counted half (the Mann-Whitney statistic); nan if one class only."""
    outcomes = np.asarray(outcomes, np.float64)
    positives = float(outcomes.sum())
    negatives = len(outcomes) - positives
    if positives == 0.0 or negatives == 0.0:
        return float("nan")
    _, inverse, counts = np.unique(np.asarray(scores, np.float64), return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks = (ends - (counts - 1) / 2.0)[inverse]
    return float((ranks[outcomes > 0.5].sum() - positives * (positives + 1.0) / 2.0) / (positives * negatives))


def log_loss(outcomes: Floats, probabilities: Floats) -> float:
    """Mean negative log likelihood in nats; probabilities are cut at 1e-7."""
    p = np.clip(np.asarray(probabilities, np.float64), 1e-7, 1.0 - 1e-7)
    return float(-np.mean(np.where(np.asarray(outcomes) > 0.5, np.log(p), np.log1p(-p))))


def ece(outcomes: Floats, probabilities: Floats, bins: int = 15) -> float:
    """Expected calibration error: mean |rate − mean probability| over equal-width bins, weighted by size.

    Guo et al., On calibration of modern neural networks, ICML 2017.
    """
    p = np.asarray(probabilities, np.float64)
    which = np.minimum((p * bins).astype(np.int64), bins - 1)
    size = np.bincount(which, minlength=bins)
    rate = np.bincount(which, np.asarray(outcomes, np.float64), minlength=bins)
    mean = np.bincount(which, p, minlength=bins)
    return float(np.abs(rate - mean)[size > 0].sum() / max(len(p), 1))
