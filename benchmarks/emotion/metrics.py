"""Figures of multi-label classification: F1, calibration error, bootstrap intervals."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from agents.emotion.labels import EMOTIONS

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


def precision_recall(truth: Bools, chosen: Bools) -> tuple[Floats, Floats]:
    """Per column; 0 where nothing was chosen, or nothing is true."""
    hits = (truth & chosen).sum(0)
    return hits / np.maximum(chosen.sum(0), 1), hits / np.maximum(truth.sum(0), 1)


def f1(truth: Bools, chosen: Bools) -> Floats:
    """Per column, 2 TP / (2 TP + FP + FN); 0 where a column is neither true nor chosen anywhere."""
    hits = (truth & chosen).sum(0)
    out: Floats = 2.0 * hits / np.maximum(truth.sum(0) + chosen.sum(0), 1)
    return out


def grouped(matrix: Bools, groups: Mapping[str, Sequence[str]]) -> Bools:
    """Columns of `groups`: true where any of the group's labels is."""
    return np.stack([matrix[:, [EMOTIONS.index(name) for name in names]].any(1) for names in groups.values()], axis=1)


def calibration_error(truth: Bools, probabilities: Floats, bins: int = 15) -> Floats:
    """Expected calibration error per column, bins of equal width (Guo et al., ICML 2017)."""
    rows, columns = truth.shape
    slot = np.minimum((probabilities * bins).astype(int), bins - 1)
    error = np.zeros(columns)
    for column in range(columns):
        seen = np.bincount(slot[:, column], truth[:, column], minlength=bins)
        said = np.bincount(slot[:, column], probabilities[:, column], minlength=bins)
        error[column] = np.abs(seen - said).sum() / rows
    return error


def bootstrap(truth: Bools, chosen: Bools, draws: int = 1000, seed: int = 0) -> tuple[float, float]:
    """95 % percentile interval of the macro-F1, rows drawn with replacement."""
    generator = np.random.default_rng(seed)
    rows = len(truth)
    hits, both = (truth & chosen).astype(np.float64), truth.astype(np.float64) + chosen
    macro = np.empty(draws)
    for draw in range(draws):
        weight = np.bincount(generator.integers(rows, size=rows), minlength=rows).astype(np.float64)
        macro[draw] = (2 * (weight @ hits) / np.maximum(weight @ both, 1)).mean()
    low, high = np.percentile(macro, [2.5, 97.5])
    return float(low), float(high)
