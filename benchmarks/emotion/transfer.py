"""Reports on students' text that the model was not trained on: `python -m benchmarks.emotion.transfer --data DIR`.

`DIR` holds `mathbuddy_affect/annotations.jsonl.gz`, `mooc_urgency/posts.csv.gz` and
`classroom_on_task/exchanges.csv.gz`. Nothing is fitted except, on the forum posts, a ridge regression by
cross-validation over courses.
"""

import argparse
import csv
import gzip
import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.emotion.scorer import EmotionScorer, EmotionScores
from agents.emotion.states import STATES
from benchmarks.emotion import metrics
from benchmarks.emotion.ranking import auc, spearman
from benchmarks.history import record

Floats = NDArray[np.float64]


def score(scorer: EmotionScorer, texts: list[str]) -> list[EmotionScores]:
    """One reading a text."""
    return [scores for at in range(0, len(texts), 256) for scores in scorer.score_batch(texts[at : at + 256])]


def state(readings: list[EmotionScores], name: str) -> Floats:
    """The probability of one learning state, in order."""
    return np.array([reading.states[name] for reading in readings])


def mathbuddy(scorer: EmotionScorer, path: Path) -> dict[str, float]:
    """Boredom, engagement and neutral, told apart by the likelier of the two states if it is likelier than not."""
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).decode().split("\n") if line]
    readings = score(scorer, [row["utterance"] for row in rows])
    labels = np.array([row["emotion"] for row in rows])
    bored, engaged = state(readings, "bored"), state(readings, "engaged")
    guess = np.where(np.maximum(bored, engaged) < 0.5, "neutral", np.where(bored > engaged, "boredom", "engagement"))
    names = ("boredom", "engagement", "neutral")
    truth = np.stack([labels == name for name in names], axis=1)
    chosen = np.stack([guess == name for name in names], axis=1)
    return {
        "mathbuddy_rows": float(len(rows)),
        "mathbuddy_macro_f1": float(metrics.f1(truth, chosen).mean()),
        "mathbuddy_boredom_auc": auc(labels == "boredom", bored),
        "mathbuddy_engagement_auc": auc(labels == "engagement", engaged),
        "mathbuddy_boredom_not_engaged_auc": auc(labels == "boredom", -engaged),
        "mathbuddy_cant_tell": float(np.mean([reading.cant_tell for reading in readings])),
    }


def matrix(readings: list[EmotionScores]) -> Floats:
    """Log-odds of emotions and states, valence, arousal, dominance and a constant, one row a reading."""
    chance = np.array([[*reading.emotions.values(), *reading.states.values()] for reading in readings])
    chance = np.clip(chance, 1e-4, 1 - 1e-4)
    rest = np.array([[reading.valence, reading.arousal, reading.dominance, 1.0] for reading in readings])
    return np.hstack([np.log(chance / (1 - chance)), rest])


def ridge_by_group(features: Floats, target: Floats, groups: NDArray[np.str_], strength: float = 30.0) -> Floats:
    """Predictions for each group from a ridge regression on the others."""
    out = np.zeros_like(target)
    for group in np.unique(groups):
        inside = groups == group
        x, y = features[~inside], target[~inside]
        centre = y.mean()
        weights = np.linalg.solve(x.T @ x + strength * np.eye(x.shape[1]), x.T @ (y - centre))
        out[inside] = features[inside] @ weights + centre
    return out


def mooc(scorer: EmotionScorer, path: Path) -> dict[str, float]:
    """Urgency of forum posts: single states as rankings, and all scores by ridge, each course from the others."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    readings = score(scorer, [row["post_text"] for row in rows])
    urgency = np.array([float(row["urgency"]) for row in rows])
    courses = np.array([row["course"] for row in rows])
    predicted = ridge_by_group(matrix(readings), urgency, courses)
    found = {f"mooc_{name}_urgent_auc": auc(urgency >= 4, state(readings, name)) for name in STATES}
    return {
        "mooc_rows": float(len(rows)),
        **found,
        "mooc_ridge_urgent_auc": auc(urgency >= 4, predicted),
        "mooc_ridge_spearman": spearman(urgency, predicted),
        "mooc_ridge_rmse": float(np.sqrt(np.mean((predicted - urgency) ** 2))),
        "mooc_mean_rmse": float(np.sqrt(np.mean((urgency.mean() - urgency) ** 2))),
    }


def classroom(scorer: EmotionScorer, path: Path) -> dict[str, float]:
    """On task or not, by each state, and how engagement goes with the teacher's uptake."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    readings = score(scorer, [row["student_text"] for row in rows])
    off = np.array([float(row["student_on_task_majority"]) < 0.5 for row in rows])
    uptake = np.array([float(row["uptake_zscore"] or "nan") for row in rows])
    rated = np.isfinite(uptake)
    return {
        "classroom_rows": float(len(rows)),
        "classroom_bored_off_task_auc": auc(off, state(readings, "bored")),
        "classroom_not_engaged_off_task_auc": auc(off, -state(readings, "engaged")),
        "classroom_engaged_uptake_spearman": spearman(uptake[rated], state(readings, "engaged")[rated]),
        "classroom_cant_tell": float(np.mean([reading.cant_tell for reading in readings])),
    }


def main(arguments: list[str] | None = None) -> int:
    """Print the reports; returns the exit status."""
    parser = argparse.ArgumentParser(prog="benchmarks.emotion.transfer", description="students' text, not trained on")
    parser.add_argument("--data", required=True, type=Path, help="folder with the three data sets")
    folder = parser.parse_args(arguments).data
    scorer = EmotionScorer.load()
    found: dict[str, float] = {}
    try:
        found |= mathbuddy(scorer, folder / "mathbuddy_affect" / "annotations.jsonl.gz")
        found |= mooc(scorer, folder / "mooc_urgency" / "posts.csv.gz")
        found |= classroom(scorer, folder / "classroom_on_task" / "exchanges.csv.gz")
    except OSError as error:
        print(f"can't read {error.filename}: {error.strerror}. Give the folder above it with --data.", file=sys.stderr)
        return 2
    for name, value in found.items():
        print(f"{name:<42}{value:>10.3f}")
    record("emotion-transfer", {name: round(value, 4) for name, value in found.items()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
