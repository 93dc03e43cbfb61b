"""The three ways to solve the learning path, against each other and against an integer program."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from agents.profile.path import annealing, exact, greedy
from agents.profile.path.plan import plan
from agents.profile.path.problem import Candidate, Problem, problem
from benchmarks.profile.problems import random_problem
from config.curriculum import load


def by_enumeration(posed: Problem) -> float:
    positions = range(len(posed.candidates))
    chosen = (one for size in range(len(positions) + 1) for one in combinations(positions, size))
    return max(posed.worth(one) for one in chosen if posed.is_allowed(one))


def by_integer_program(posed: Problem) -> float:
    """Each bonus gets a variable of its own that is at most either of its two candidates (HiGHS, through scipy)."""
    candidates, pairs = posed.candidates, posed.pairs()
    at = {candidate.concept_id: position for position, candidate in enumerate(candidates)}
    size = len(candidates) + len(pairs)
    rows = [[candidate.minutes for candidate in candidates] + [0.0] * len(pairs)]
    limits = [posed.minutes]
    for number, (first, second, _) in enumerate(pairs):
        for end in (first, second):
            row = [0.0] * size
            row[len(candidates) + number], row[end] = 1.0, -1.0
            rows.append(row)
            limits.append(0.0)
    for position, candidate in enumerate(candidates):
        for name in candidate.requires:
            row = [0.0] * size
            row[position] = 1.0
            row[at[name]] = -1.0
            rows.append(row)
            limits.append(0.0)
    gain = np.array([candidate.value for candidate in candidates] + [bonus for _, _, bonus in pairs])
    solved = milp(
        -gain,
        constraints=LinearConstraint(np.array(rows), ub=np.array(limits)),
        integrality=np.ones(size),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 0.0},
    )
    return float(-solved.fun)


@given(st.integers(0, 10_000), st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_the_exact_choice_is_the_best_of_all(seed: int, count: int) -> None:
    posed = random_problem(seed, count)
    chosen, proven = exact.solve(posed)
    assert proven
    assert posed.is_allowed(chosen)
    assert posed.worth(chosen) == pytest.approx(by_enumeration(posed))


@pytest.mark.parametrize("seed", range(6))
def test_the_exact_choice_is_the_integer_program_s(seed: int) -> None:
    posed = random_problem(seed, 24)
    chosen, proven = exact.solve(posed)
    assert proven
    assert posed.worth(chosen) == pytest.approx(by_integer_program(posed), abs=1e-6)


@given(st.integers(0, 10_000), st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_greedy_and_cut_off_choices_are_allowed_and_no_better(seed: int, count: int) -> None:
    posed = random_problem(seed, count)
    quick = greedy.solve(posed)
    cut, _ = exact.solve(posed, max_nodes=50)
    best, proven = exact.solve(posed)
    assert posed.is_allowed(quick)
    assert posed.is_allowed(cut)
    assert posed.worth(quick) <= posed.worth(cut) + 1e-9
    if proven:
        assert posed.worth(cut) <= posed.worth(best) + 1e-9


@pytest.mark.parametrize("method", ["simulated", "path_integral"])
def test_annealing_finds_the_best_of_small_problems(method: str) -> None:
    for seed in range(3):
        posed = random_problem(seed, 7)
        chosen = annealing.solve(posed, "simulated" if method == "simulated" else "path_integral", reads=20, sweeps=300)
        assert posed.is_allowed(chosen)
        assert posed.worth(chosen) >= 0.9 * by_enumeration(posed)


@given(st.integers(0, 10_000), st.lists(st.integers(0, 9), max_size=10))
def test_a_repaired_sample_is_allowed(seed: int, chosen: list[int]) -> None:
    posed = random_problem(seed, 10)
    assert posed.is_allowed(annealing.repaired(posed, chosen))


def test_nothing_to_choose_or_no_time_is_an_empty_path() -> None:
    for posed in (Problem((), 60.0), Problem((Candidate("a", 1.0, 5.0),), 0.0)):
        assert greedy.solve(posed) == []
        assert exact.solve(posed) == ([], True)
        assert annealing.solve(posed) == []


def test_a_requirement_that_cannot_be_had_keeps_a_concept_out() -> None:
    posed = Problem((Candidate("a", 1.0, 5.0, ("gone",)), Candidate("b", 0.1, 5.0)), 60.0)
    assert greedy.solve(posed) == [1]
    assert exact.solve(posed)[0] == [1]


def test_a_path_starts_with_reviews_and_keeps_the_order() -> None:
    curriculum = load()
    path = plan(curriculum, {}, ["whole-number-addition"], {"whole-number-addition": 0.3}, 120.0)
    assert path[0] == "whole-number-addition"
    for position, name in enumerate(path):
        assert all(before in path[:position] for before in curriculum.requires(name))


def test_what_is_mastered_and_not_due_is_no_candidate() -> None:
    curriculum = load()
    posed = problem(curriculum, {}, list(curriculum.concepts)[1:], {}, 60.0)
    assert [candidate.concept_id for candidate in posed.candidates] == [next(iter(curriculum.concepts))]
