"""Puts the parts of the artefact into a folder: graph, tokenizer, linear model, calibration and thresholds."""

import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.emotion.encoder import EncoderModel
from agents.emotion.ngrams import LinearModel
from agents.emotion.normalise import normalise
from benchmarks.emotion import export, publish, ranges, thresholds
from benchmarks.emotion.encoder import EmotionEncoder
from benchmarks.emotion.goemotions import Split

SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
LEAST_GAIN = 0.003
MEASURED_ROWS = 600
LIGHT_NAME = "emotion-ngrams-2"


def linear_share(encoder: NDArray[np.float64], linear: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """How much of the linear model's log-odds to mix in; none unless cross-fitted macro-F1 gains `LEAST_GAIN`."""
    scores = {share: thresholds.cross_fitted_f1(truth, (1 - share) * encoder + share * linear) for share in SHARES}
    best = max(scores, key=lambda share: scores[share])
    return best if scores[best] >= scores[0.0] + LEAST_GAIN else 0.0


def assemble(
    out: Path, model: EmotionEncoder, rows: list[list[int]], tokenizer: Path, linear: Path, dev: Split, name: str
) -> float:
    """Write the artefact to `out`; returns the quantised model's cross-fitted macro-F1 on dev.

    `rows`: token ids of training texts, for the ranges of the quantised graph. `tokenizer`, `linear`: files to copy.
    """
    out.mkdir(parents=True, exist_ok=True)
    for source, target in ((tokenizer, "tokenizer.json"), (linear, "linear.npz")):
        if source.resolve() != (out / target).resolve():
            shutil.copyfile(source, out / target)
    state = {key: value.float().numpy() for key, value in model.state_dict().items()}
    export.write(out / "encoder.onnx", state, ranges.measure(model, rows[:MEASURED_ROWS]))
    texts = [normalise(text) for text in dev.texts]
    encoded = EncoderModel.load(out).logits(texts).astype(np.float64)
    ngrams = LinearModel.load(out / "linear.npz")
    counted = np.stack([ngrams.logits(text) for text in texts]).astype(np.float64)
    truth = dev.labels > 0
    share = linear_share(encoded, counted, truth)
    mixed = (1 - share) * encoded + share * counted
    publish.write(out, publish.about(name, mixed, dev, share))
    publish.write(out, publish.about(LIGHT_NAME, counted, dev, 1.0), "about-ngrams.json")
    return thresholds.cross_fitted_f1(truth, mixed)
