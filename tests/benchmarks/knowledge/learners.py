"""Seeded Rasch learners for the tests of this package."""

import numpy as np

from agents.profile.knowledge import Attempt
from benchmarks.knowledge.sets import Learner


def simulated(count: int, attempts: int, seed: int, items: int = 20) -> list[Learner]:
    """Learners with abilities and items with difficulties, both standard normal; item k has concept k % 4."""
    rng = np.random.default_rng(seed)
    difficulty = rng.normal(size=items)
    learners = []
    for k in range(count):
        ability = rng.normal()
        history = []
        for item in rng.integers(items, size=attempts):
            right = rng.random() < 1.0 / (1.0 + np.exp(difficulty[item] - ability))
            history.append(Attempt(f"i{item}", (f"c{item % 4}",), bool(right)))
        learners.append(Learner(str(k), history))
    return learners
