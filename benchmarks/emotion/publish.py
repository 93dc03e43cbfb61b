"""Fits calibration and thresholds on dev and writes `about.json`, the part of the artefact people can read."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.emotion.labels import EMOTIONS
from benchmarks.emotion import calibration, thresholds
from benchmarks.emotion.goemotions import Split


def about(name: str, logits: NDArray[np.float64], dev: Split, linear_share: float) -> dict[str, object]:
    """Per-label `slope`, `bias`, `thresholds` (probabilities) and `prior` for the model that made `logits` on dev."""
    truth = dev.labels > 0
    slope, bias = calibration.fit(logits, truth)
    calibrated = logits * slope + bias
    cuts = thresholds.best(truth, calibrated)
    return {
        "model": name,
        "linear_share": linear_share,
        "labels": list(EMOTIONS),
        "slope": [round(float(value), 5) for value in slope],
        "bias": [round(float(value), 5) for value in bias],
        "thresholds": [round(float(value), 5) for value in calibration.sigmoid(cuts)],
        "prior": [round(float(value), 5) for value in truth.mean(0)],
    }


def write(folder: Path, entry: dict[str, object], name: str = "about.json") -> None:
    """Put `entry` into `folder` as the file `name`."""
    (folder / name).write_text(json.dumps(entry, indent=1) + "\n")
