"""Random learning-path problems."""

import random

from agents.profile.path.problem import Candidate, Problem


def random_problem(seed: int, count: int) -> Problem:
    """`count` concepts, each requiring at most three earlier ones, with time for about a third of them."""
    rng = random.Random(seed)
    candidates: list[Candidate] = []
    for position in range(count):
        review = rng.random() < 0.2
        earlier = [one.concept_id for one in candidates[-8:]]
        requires = () if review else tuple(rng.sample(earlier, min(rng.choice((0, 0, 1, 1, 2, 3)), len(earlier))))
        value = rng.uniform(0.05, 1.5)
        candidates.append(Candidate(f"c{position}", value, rng.uniform(4.0, 40.0), requires, review))
    total = sum(candidate.minutes for candidate in candidates)
    return Problem(tuple(candidates), total * rng.uniform(0.15, 0.5))
