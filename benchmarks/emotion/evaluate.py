"""Scores the shipped model on a file like GoEmotions: `python -m benchmarks.emotion.evaluate --data FILE`."""

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.emotion.calibration import sigmoid
from agents.emotion.labels import EKMAN, EMOTIONS, SENTIMENT
from agents.emotion.scorer import EmotionScorer
from benchmarks.emotion import goemotions, metrics
from benchmarks.history import record

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
CHUNK = 256


def probabilities(scorer: EmotionScorer, texts: list[str]) -> Floats:
    """Calibrated probability of each label, shape (texts, 28)."""
    parts = [scorer.logits(texts[at : at + CHUNK]) for at in range(0, len(texts), CHUNK)]
    return sigmoid(np.concatenate(parts))


def figures(truth: Bools, chance: Floats, thresholds: Floats) -> dict[str, float | int]:
    """The figures of the last line of output."""
    chosen = chance >= thresholds
    low, high = metrics.bootstrap(truth, chosen)
    found: dict[str, float | int] = {
        "macro_f1": float(metrics.f1(truth, chosen).mean()),
        "macro_f1_low": low,
        "macro_f1_high": high,
    }
    for name, groups in (("ekman", EKMAN), ("sentiment", SENTIMENT)):
        score = metrics.f1(metrics.grouped(truth, groups), metrics.grouped(chosen, groups))
        found[f"macro_f1_{name}"] = float(score.mean())
    found["ece"] = float(metrics.calibration_error(truth, chance).mean())
    return {name: round(value, 4) for name, value in found.items()} | {"rows": len(truth)}


def table(truth: Bools, chance: Floats, thresholds: Floats) -> str:
    """Per label: rows, threshold, precision, recall, F1 and expected calibration error."""
    chosen = chance >= thresholds
    precision, recall = metrics.precision_recall(truth, chosen)
    score, error = metrics.f1(truth, chosen), metrics.calibration_error(truth, chance)
    lines = [f"{'label':<15}{'rows':>6}{'cut':>7}{'prec':>7}{'recall':>8}{'F1':>7}{'ECE':>8}"]
    for at, label in enumerate(EMOTIONS):
        lines.append(
            f"{label:<15}{int(truth[:, at].sum()):>6}{thresholds[at]:>7.2f}{precision[at]:>7.3f}"
            f"{recall[at]:>8.3f}{score[at]:>7.3f}{error[at]:>8.4f}"
        )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Print the table and the figures; returns the exit status."""
    parser = argparse.ArgumentParser(prog="benchmarks.emotion.evaluate", description=__doc__)
    parser.add_argument("--data", required=True, type=Path, help="a .tsv or .tsv.gz file, or a folder with dev.tsv.gz")
    path = parser.parse_args(arguments).data
    path = path / "dev.tsv.gz" if path.is_dir() else path
    try:
        rows = goemotions.read(path)
    except (OSError, ValueError) as error:
        print(f"can't read {path}: {error}. Give a file in the format of GoEmotions with --data.", file=sys.stderr)
        return 2
    scorer = EmotionScorer.load()
    truth, chance = rows.labels > 0, probabilities(scorer, rows.texts)
    print(f"{scorer.name} on {path.name}, {len(truth)} rows")
    print(table(truth, chance, scorer.thresholds))
    record("emotion-eval", figures(truth, chance, scorer.thresholds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
