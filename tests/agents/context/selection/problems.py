import random

from agents.context.selection.problem import Problem


def seeded(seed: int, pieces: int = 14) -> Problem:
    """A problem of the shape that contexts have: replies that need their questions, and pieces that overlap."""
    rng = random.Random(seed)
    values = [rng.uniform(0.01, 1) for _ in range(pieces)]
    sizes = [rng.randrange(5, 120) for _ in range(pieces)]
    needs = [index - 1 if index % 3 == 1 else -1 for index in range(pieces)]
    overlaps = {}
    for i in range(pieces):
        for j in range(i + 1, pieces):
            if needs[j] != i and rng.random() < 0.2:
                overlaps[i, j] = rng.uniform(0.5, 1) * min(values[i], values[j])
    return Problem(values, sizes, rng.randrange(0, sum(sizes)), needs, overlaps)
