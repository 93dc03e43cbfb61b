"""How much each learner does in one period and in the next: what is measured, and what then comes."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.knowledge.sets import four_line

LEARNERS = 100_000
MESSAGES_PER_LEARNER = 5.0
SEED = 11


@dataclass(frozen=True, slots=True)
class Activity:
    """Events by learner: `measured` in the period before, `coming` in the period that is judged."""

    measured: dict[str, float]
    coming: dict[str, float]

    @property
    def hottest(self) -> float:
        """The busiest learner's share of all that comes: no worker can do with less than its learner."""
        return max(self.coming.values()) / sum(self.coming.values())


def real(folder: Path) -> Activity:
    """The learners of a folder's four-line files, by their own ids: each one's first half of answers, then the second.

    The files have no times. Exits with a line where there are no such files.
    """
    files = sorted(folder.glob("*.csv.gz"))
    if not files:
        sys.exit(f"{folder}: no *.csv.gz with learners' answers (four-line); give DATA=folder")
    measured, coming = {}, {}
    for file in files:
        for learner in four_line(file):
            name = learner.name.rpartition(",")[2]
            half = len(learner.attempts) // 2
            measured[name] = float(half)
            coming[name] = float(len(learner.attempts) - half)
    return Activity(measured, coming)


def zipf(exponent: float, learners: int = LEARNERS, seed: int = SEED) -> Activity:
    """Learners whose activity falls with their rank to the power of `exponent`; two periods drawn independently."""
    random = np.random.default_rng(seed)
    rates = np.arange(1, learners + 1, dtype=float) ** -exponent
    rates *= learners * MESSAGES_PER_LEARNER / rates.sum()
    names = [f"learner-{number:06d}" for number in random.permutation(learners)]
    first, second = (random.poisson(rates).astype(float).tolist() for _ in range(2))
    return Activity(dict(zip(names, first, strict=True)), dict(zip(names, second, strict=True)))
