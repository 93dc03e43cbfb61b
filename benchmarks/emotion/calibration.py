"""Platt scaling per label (Platt 1999), shrunk towards the labels' common scale where positives are few."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def sigmoid(logits: Floats) -> Floats:
    """Element-wise 1 / (1 + exp(-x))."""
    out: Floats = 1.0 / (1.0 + np.exp(-logits))
    return out


def _fit(logits: Floats, truth: Floats, slope: float, strength: float) -> tuple[float, float]:
    """Slope and bias by Newton's method; `strength` pulls the slope to `slope`."""
    weights = np.array([slope, 0.0])
    design = np.stack([logits, np.ones_like(logits)], axis=1)
    for _ in range(50):
        chance = sigmoid(design @ weights)
        gradient = design.T @ (chance - truth)
        gradient[0] += strength * (weights[0] - slope)
        curvature = (design * (chance * (1 - chance))[:, None]).T @ design + 1e-6 * np.eye(2)
        curvature[0, 0] += strength
        step = np.linalg.solve(curvature, gradient)
        weights -= np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-8:
            break
    return float(weights[0]), float(weights[1])


def fit(logits: Floats, truth: NDArray[np.bool_], strength: float = 20.0) -> tuple[Floats, Floats]:
    """Slope and bias per label for logits of shape (rows, labels); slopes are positive, so ranks are kept."""
    common, _ = _fit(logits.ravel(), truth.ravel().astype(np.float64), 1.0, 1.0)
    pairs = [_fit(logits[:, at], truth[:, at].astype(np.float64), common, strength) for at in range(logits.shape[1])]
    slope = np.maximum(np.array([pair[0] for pair in pairs]), 0.05)
    return slope, np.array([pair[1] for pair in pairs])
