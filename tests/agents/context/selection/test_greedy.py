import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.context.selection import exact, greedy
from agents.context.selection.bound import upper_bound
from agents.context.selection.problem import Problem
from tests.agents.context.selection.problems import seeded


@given(st.integers(0, 2**32), st.integers(1, 40))
def test_keeps_to_the_budget_and_to_what_is_needed(seed: int, pieces: int) -> None:
    problem = seeded(seed, pieces)
    chosen = greedy.solve(problem)
    assert problem.is_allowed(chosen)
    assert 0 <= problem.worth(chosen) <= upper_bound(problem) + 1e-9


def test_reaches_most_of_what_can_be_reached() -> None:
    shares = []
    for seed in range(30):
        problem = seeded(seed)
        best = problem.worth(exact.solve(problem))
        shares.append(problem.worth(greedy.solve(problem)) / best if best else 1.0)
    assert sum(shares) / len(shares) > 0.98
    assert min(shares) > 0.85


def test_does_not_say_the_same_twice() -> None:
    problem = Problem([1.0, 0.9, 0.5], [10, 10, 10], 20, [-1, -1, -1], {(0, 1): 0.9})
    assert greedy.solve(problem) == [0, 2]


def test_nothing_fits() -> None:
    assert greedy.solve(Problem([1.0], [10], 9, [-1])) == []
    assert greedy.solve(Problem([], [], 9, [])) == []
    assert upper_bound(Problem([1.0], [10], 5, [-1])) == pytest.approx(0.5)
