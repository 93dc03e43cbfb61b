"""Fits calibration and thresholds on dev and writes `about.json`, the part of the artefact people can read."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.emotion.calibration import sigmoid
from agents.emotion.labels import EMOTIONS
from benchmarks.emotion import calibration, thresholds
from benchmarks.emotion.goemotions import Split


def about(name: str, logits: NDArray[np.float64], dev: Split, linear_share: float) -> dict[str, object]:
    """Calibration, per-label `thresholds` (probabilities) and `prior` for the model that made `logits` on dev."""
    truth = dev.labels > 0
    fitted = calibration.fit(logits, truth)
    cuts = thresholds.best(truth, fitted.log_odds(logits))
    return {
        "model": name,
        "linear_share": linear_share,
        "labels": list(EMOTIONS),
        "calibration": fitted.written(),
        "thresholds": [round(float(value), 5) for value in sigmoid(cuts)],
        "prior": [round(float(value), 5) for value in truth.mean(0)],
    }


def write(folder: Path, entry: dict[str, object], name: str = "about.json") -> None:
    """Put `entry` into `folder` as the file `name`."""
    (folder / name).write_text(json.dumps(entry, indent=1) + "\n")
