"""Attempts to mastery under the adaptive profile, a fixed curriculum, practice by streaks, and random choice.

    python -m benchmarks.profile.eval_policy [--learners 100]

Every policy teaches the same simulated learners (`learners`), 25 attempts a day. Counted are the attempts until all
concepts are truly known at the same time, at most `CAP`. The adaptive profiles share what they learn of the items.
"""

import argparse
import random
import sys
from collections.abc import Callable

from agents.profile.shared import Shared
from benchmarks.history import record
from benchmarks.profile.learners import learner
from benchmarks.profile.policies import Adaptive, Fixed, Policy, Random, Streak
from config.curriculum import Curriculum, load

CAP = 2500
A_DAY = 25
START = 1_700_000_000.0
DAY = 86_400.0
CHECK = 5


def attempts_to_mastery(curriculum: Curriculum, seed: int, policy: Policy) -> int:
    """Attempts until learner `seed` knows everything at once, looked at after every `CHECK`; `CAP` where never."""
    student = learner(seed, curriculum)
    at = START
    for number in range(1, CAP + 1):
        item = policy.choose(at)
        seconds = student.seconds()
        right = student.answer(item, at)
        policy.learn(item, right, at, seconds)
        if number % CHECK == 0 and all(student.knows(name, at) for name in curriculum.concepts):
            return number
        at = START + number // A_DAY * DAY if number % A_DAY == 0 else at + seconds + 5.0
    return CAP


def interval(values: list[float], seed: int = 1, draws: int = 2000) -> tuple[float, float]:
    """95 % bootstrap interval of the mean."""
    rng = random.Random(seed)
    means = sorted(sum(rng.choices(values, k=len(values))) / len(values) for _ in range(draws))
    return means[int(0.025 * draws)], means[int(0.975 * draws)]


def run(learners: int) -> dict[str, float | list[float]]:
    curriculum = load()
    shared = Shared(curriculum=curriculum)
    made: dict[str, Callable[[int], Policy]] = {
        "adaptive": lambda seed: Adaptive(curriculum, seed, shared),
        "fixed": lambda seed: Fixed(curriculum, seed),
        "streak": lambda seed: Streak(curriculum, seed),
        "random": lambda seed: Random(curriculum, seed),
    }
    needed: dict[str, list[int]] = {}
    for name, make in made.items():
        needed[name] = [attempts_to_mastery(curriculum, seed, make(seed)) for seed in range(learners)]
        print(f"{name}: mean {sum(needed[name]) / learners:.0f} attempts", file=sys.stderr)
    figures: dict[str, float | list[float]] = {"learners": learners}
    for name, counts in needed.items():
        figures[f"attempts_{name}"] = round(sum(counts) / learners, 1)
        figures[f"capped_{name}"] = sum(count >= CAP for count in counts)
    for name in ("fixed", "streak", "random"):
        saved = [1.0 - mine / other for mine, other in zip(needed["adaptive"], needed[name], strict=True)]
        figures[f"saved_against_{name}"] = round(sum(saved) / learners, 4)
        figures[f"saved_against_{name}_interval"] = [round(end, 4) for end in interval(saved)]
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=100)
    record("policy", run(parser.parse_args().learners))


if __name__ == "__main__":
    main()
