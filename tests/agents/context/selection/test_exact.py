from itertools import combinations

import pytest

from agents.context.selection import exact
from agents.context.selection.bound import upper_bound
from agents.context.selection.problem import Problem
from tests.agents.context.selection.problems import seeded


def by_trying_all(problem: Problem) -> float:
    indexes = range(len(problem.values))
    return max(
        problem.worth(chosen)
        for size in range(len(problem.values) + 1)
        for chosen in combinations(indexes, size)
        if problem.is_allowed(chosen)
    )


@pytest.mark.parametrize("seed", range(12))
def test_finds_the_best_of_all_choices(seed: int) -> None:
    problem = seeded(seed, pieces=9)
    chosen = exact.solve(problem)
    assert problem.is_allowed(chosen)
    assert problem.worth(chosen) == pytest.approx(by_trying_all(problem))
    assert problem.worth(chosen) <= upper_bound(problem) + 1e-9


def test_gives_up_when_told_to() -> None:
    with pytest.raises(exact.TooManyNodesError):
        exact.solve(seeded(1, pieces=30), most_nodes=10)
