"""From a model's log-odds to probabilities that can be taken at their word."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEAST_ODDS = 1e-300
"""Of all others together, against the likeliest label's."""


def sigmoid(logits: Floats) -> Floats:
    """Element-wise 1 / (1 + exp(-x))."""
    out: Floats = 1.0 / (1.0 + np.exp(-logits))
    return out


def rivals(logits: Floats) -> Floats:
    """How strong a label's others are, shape (rows, labels): the logarithm of the sum of their odds."""
    top = logits.max(axis=1, keepdims=True)
    # A product that leaves each label out: to subtract its odds from the sum of all would leave nothing of the others'.
    others = np.exp(logits - top) @ (1.0 - np.eye(logits.shape[1]))
    strength: Floats = top + np.log(np.maximum(others, LEAST_ODDS))
    return strength


@dataclass(frozen=True)
class Calibration:
    """Per label a line (Platt 1999), the rivalry of labels, and a line again, for log-odds of shape (rows, labels).

        y = slope · x + bias        u = y + rivalry · log Σ exp(y of the others)        slope_after · u + bias_after

    Four of five texts have one label, and a model that reads each label by itself does not know that: `rivalry` is
    below 0, so that a label counts less where another fits already. It is one number for all labels. `slope` and
    `slope_after` are above 0.
    """

    slope: Floats
    bias: Floats
    rivalry: float
    slope_after: Floats
    bias_after: Floats

    def log_odds(self, logits: Floats) -> Floats:
        """Calibrated log-odds."""
        lined = logits * self.slope + self.bias
        if self.rivalry:
            lined = lined + self.rivalry * rivals(lined)
        return lined * self.slope_after + self.bias_after

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> "Calibration":
        """From what `written` gave. Raises `KeyError` where a part is missing."""
        lines = (np.array(entry[name], dtype=np.float64) for name in ("slope", "bias", "slope_after", "bias_after"))
        slope, bias, slope_after, bias_after = lines
        return cls(slope, bias, float(entry["rivalry"]), slope_after, bias_after)

    def written(self) -> dict[str, list[float] | float]:
        """For `about.json`."""

        def short(values: Floats) -> list[float]:
            return [round(float(value), 5) for value in values]

        return {
            "slope": short(self.slope),
            "bias": short(self.bias),
            "rivalry": round(self.rivalry, 5),
            "slope_after": short(self.slope_after),
            "bias_after": short(self.bias_after),
        }
