from itertools import product

import numpy as np
import pytest

from benchmarks.routing.assignment import solvers
from benchmarks.routing.assignment.__main__ import SOLVERS
from benchmarks.routing.assignment.day import earned
from benchmarks.routing.assignment.problem import Choice, Problem, drawn

SMALL = [drawn(5, seed) for seed in range(4)]


def best_of_all(problem: Problem) -> float:
    choices: list[Choice] = [np.array(each) for each in product(range(4), repeat=len(problem.values))]
    return max(problem.worth(choice) for choice in choices if problem.fits(choice))


@pytest.mark.parametrize("name", SOLVERS)
def test_choices_fit_and_are_worth_no_more_than_the_best_there_is(name: str) -> None:
    for problem in SMALL:
        choice = SOLVERS[name](problem)
        assert problem.fits(choice)
        assert 0 < problem.worth(choice) <= best_of_all(problem) + 1e-9


def test_exact_is_the_best_there_is() -> None:
    for problem in SMALL:
        assert problem.worth(solvers.exact(problem)) == pytest.approx(best_of_all(problem))


def test_price_of_money_earns_more_in_a_day_than_spending_until_it_is_gone() -> None:
    day = earned(2000, 0, 0.3)
    assert day["until_it_is_spent"] < day["by_price"] <= 1.02
    assert day["spent_by_price"] <= 1.01
