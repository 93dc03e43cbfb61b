"""Does the profile recover what simulated learners really are? Correlations, and pictures of estimate against truth.

    python -m benchmarks.profile.recovery [--learners 200] [--pictures DIRECTORY]

Three groups of learners, each with one thing varied and known: ability (learners who do not learn, 200 attempts over
the whole curriculum), forgetting (right or wrong by a forgetting curve of a known half-life, reviews 0.5 to 20 days
apart), and habits (pace, persistence after errors, help seeking, the hour at which the learner is at the best).
"""

import argparse
import random
import sys
from dataclasses import dataclass
from math import cos, exp, log, pi
from pathlib import Path

import numpy as np
from scipy.stats import circmean, spearmanr

from agents.profile import averages, traits
from agents.profile.observe import observe_attempt
from agents.profile.shared import Shared
from agents.profile.state import ProfileState
from agents.profile.traits import harmonic
from benchmarks.history import record
from benchmarks.profile.envelope import envelope
from benchmarks.profile.learners import GUESS, SLIP, sigmoid
from schemas.codec import Event

START = 1_700_000_000.0
DAY = 86_400.0
HOUR = 3600.0


@dataclass
class Found:
    """True values of one quantity, and the profile's."""

    name: str
    unit: str
    true: list[float]
    estimated: list[float]

    @property
    def correlation(self) -> float:
        """Spearman's."""
        return float(spearmanr(self.true, self.estimated).statistic)


class Student:
    """One simulated learner in front of a profile."""

    def __init__(self, seed: int, shared: Shared) -> None:
        self.rng = random.Random(seed)
        self.shared = shared
        self.state = ProfileState()

    def event(self, at: float) -> Event:
        return envelope(self.rng, at)

    def attempt(self, concept: str, item: str, right: bool, at: float, seconds: float = 20.0, hints: int = 0) -> None:
        outcome = {"concept_id": concept, "item_id": item, "correct": right, "answer": None}
        took = {"duration_ms": int(seconds * 1000), "hints_used": hints}
        observe_attempt(self.state, self.event(at) | outcome | took, self.shared)


def ability(learners: int) -> Found:
    """Learners of fixed ability on all items of the curriculum."""
    shared = Shared()
    items = list(shared.curriculum.items.values())
    found = Found("ability", "logits", [], [])
    for seed in range(learners):
        student = Student(seed, shared)
        true = student.rng.gauss(0.0, 1.0)
        for number in range(200):
            item = student.rng.choice(items)
            right = student.rng.random() < GUESS + (1 - GUESS - SLIP) * sigmoid(true - item.difficulty)
            student.attempt(item.concept_id, item.id, right, START + number // 25 * DAY + number % 25 * 30.0)
        found.true.append(true)
        found.estimated.append(student.state.ability)
    return found


def forgetting(learners: int) -> Found:
    """Learners who recall with probability 2^(−days / half-life) at reviews 0.5 to 20 days apart; estimated is the
    mean log stability over their concepts."""
    shared = Shared()
    found = Found("half-life", "days (log)", [], [])
    names = list(shared.curriculum.concepts)[:8]
    for seed in range(learners):
        student = Student(seed, shared)
        half_life = exp(student.rng.uniform(log(2.0), log(60.0)))
        at = START
        last = dict.fromkeys(names, START)
        for _ in range(15):
            at += student.rng.uniform(0.5, 20.0) * DAY
            for name in names:
                right = student.rng.random() < 0.5 ** ((at - last[name]) / DAY / half_life)
                student.attempt(name, f"{name}/1", right, at)
                last[name] = at
                at += 30.0
        stabilities = [concept.stability for concept in map(student.state.concepts.get, names) if concept is not None]
        found.true.append(log(half_life))
        found.estimated.append(sum(map(log, stabilities)) / len(stabilities))
    return found


def habits(learners: int) -> list[Found]:
    """Learners with a pace, a persistence and a help seeking of their own, at fixed ability."""
    shared = Shared()
    pace = Found("pace", "x typical", [], [])
    persistence = Found("persistence", "share", [], [])
    helped = Found("help seeking", "share", [], [])
    for seed in range(learners):
        student = Student(seed, shared)
        rng = student.rng
        true = (exp(rng.gauss(0.0, 0.5)), rng.uniform(0.2, 1.0), rng.uniform(0.0, 0.9))
        at = START + rng.uniform(0.0, DAY)
        hints = 0
        for number in range(150):
            right = rng.random() < 0.6
            name = f"c{number // 5 % 6}"
            seconds = 20.0 * true[0] * exp(rng.gauss(0.0, 0.3))
            student.attempt(name, f"{name}/{number % 4}", right, at, seconds, hints)
            hints = 0 if right else int(rng.random() < true[2])
            at += seconds + 10.0 if right or rng.random() < true[1] else DAY
            if hints and at > student.state.at / 1e6 + HOUR:
                hints = 0
        for found, value, quantity in (
            (pace, true[0], traits.PACE),
            (persistence, true[1], traits.PERSISTENCE),
            # Who leaves after an error has not sought help.
            (helped, true[1] * true[2], traits.HELP),
        ):
            mean = averages.mean(student.state.sums, quantity)
            found.true.append(value)
            found.estimated.append(exp(mean) if found is pace else mean)
    return [pace, persistence, helped]


def hours(learners: int) -> tuple[Found, float]:
    """Learners who are right more often around one hour of the day (amplitude 0.3), seen at all hours; and the mean
    distance in hours between that hour and the one found."""
    shared = Shared()
    found = Found("best hour", "hour (UTC)", [], [])
    for seed in range(learners):
        student = Student(seed, shared)
        best = student.rng.uniform(0.0, 24.0)
        at = START
        for number in range(200):
            at += student.rng.uniform(2.0, 9.0) * HOUR
            hour = at % DAY / HOUR
            right = student.rng.random() < 0.6 + 0.3 * cos(2 * pi * (hour - best) / 24.0)
            student.attempt(f"c{number % 5}", f"i{number % 9}", right, at)
        shape = harmonic(student.state.sums)
        assert shape is not None
        found.true.append(best)
        found.estimated.append(shape[2])
    apart = [abs(circmean([b - a], 24.0, 0.0)) for a, b in zip(found.true, found.estimated, strict=True)]
    return found, float(np.mean([min(distance, 24.0 - distance) for distance in apart]))


def draw(found: list[Found], directory: Path) -> Path:
    """One picture with a panel a quantity."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    columns = 3
    rows = -(-len(found) // columns)
    figure, panels = pyplot.subplots(rows, columns, figsize=(4 * columns, 3.6 * rows))
    for panel, one in zip(panels.flat, found, strict=False):
        panel.scatter(one.true, one.estimated, s=8, alpha=0.6)
        panel.set_title(f"{one.name}: rank correlation {one.correlation:.2f}")
        panel.set_xlabel(f"true ({one.unit})")
        panel.set_ylabel("estimated")
    for panel in list(panels.flat)[len(found) :]:
        panel.set_visible(False)
    figure.tight_layout()
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "recovery.png"
    figure.savefig(path, dpi=70)
    pyplot.close(figure)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=200)
    parser.add_argument("--pictures", type=Path, default=Path(__file__).parents[2] / "docs" / "pictures")
    asked = parser.parse_args()
    by_hour, apart = hours(asked.learners)
    found = [ability(asked.learners), forgetting(asked.learners), *habits(asked.learners), by_hour]
    print(f"picture: {draw(found, asked.pictures)}", file=sys.stderr)
    figures: dict[str, float] = {"learners": asked.learners, "best_hour_hours_off": round(apart, 3)}
    for one in found[:-1]:
        figures[f"{one.name.replace(' ', '_').replace('-', '_')}_correlation"] = round(one.correlation, 4)
    record("recovery", figures)


if __name__ == "__main__":
    main()
