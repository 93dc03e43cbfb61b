"""Fits the calibration of log-odds on labelled rows: lines per label, shrunk where positives are few, and rivalry."""

import numpy as np
from numpy.typing import NDArray

from agents.emotion.calibration import Calibration, Floats, rivals, sigmoid

STRENGTH = 20.0
"""How firmly a label's slope is drawn to the labels' common one, in rows that tell much."""


def _fit(design: Floats, truth: Floats, start: Floats, pull: Floats) -> Floats:
    """Weights of a logistic regression by Newton's method; `pull` draws each to its `start`."""
    weights = start.copy()
    for _ in range(50):
        chance = sigmoid(design @ weights)
        gradient = design.T @ (chance - truth) + pull * (weights - start)
        curvature = (design * (chance * (1 - chance))[:, None]).T @ design + np.diag(pull + 1e-6)
        step = np.linalg.solve(curvature, gradient)
        weights -= np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-8:
            break
    return weights


def _lines(logits: Floats, truth: Floats) -> tuple[Floats, Floats]:
    """Slope and bias per label; slopes are positive, so ranks are kept."""
    one = np.ones(logits.size)
    common = _fit(np.stack([logits.ravel(), one], 1), truth.ravel(), np.array([1.0, 0.0]), np.array([1.0, 0.0]))
    start, pull = np.array([common[0], 0.0]), np.array([STRENGTH, 0.0])
    pairs = np.array(
        [
            _fit(np.stack([logits[:, at], np.ones(len(logits))], 1), truth[:, at], start, pull)
            for at in range(logits.shape[1])
        ]
    )
    return np.maximum(pairs[:, 0], 0.05), pairs[:, 1]


def fit(logits: Floats, truth: NDArray[np.bool_]) -> Calibration:
    """The calibration of log-odds of shape (rows, labels). Labels never rival where there is one label."""
    known = truth.astype(np.float64)
    slope, bias = _lines(logits, known)
    lined = logits * slope + bias
    rivalry = 0.0
    if logits.shape[1] > 1:
        design = np.stack([lined.ravel(), rivals(lined).ravel(), np.ones(lined.size)], 1)
        own, others, _ = _fit(design, known.ravel(), np.array([1.0, 0.0, 0.0]), np.array([1.0, 1.0, 0.0]))
        rivalry = float(others / own)
        lined = lined + rivalry * rivals(lined)
    return Calibration(slope, bias, rivalry, *_lines(lined, known))
