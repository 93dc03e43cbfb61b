"""Segments that come out again, or none."""

import numpy as np
import pytest

from agents.analytics.segments import STABLE, segment


def learners(centres: list[tuple[float, float]], each: int = 60, seed: int = 2) -> np.ndarray:  # type: ignore[type-arg]
    rng = np.random.default_rng(seed)
    return np.vstack([rng.normal(centre, 0.4, (each, 2)) for centre in centres])


def test_groups_that_are_there_are_found_and_stable() -> None:
    found = segment(learners([(0.0, 0.0), (4.0, 0.0), (0.0, 4.0)]), rounds=10)
    assert len(found.stability) == 3
    assert found.stable > 0.95
    for place in range(3):
        assert len(set(found.labels[60 * place : 60 * place + 60].tolist())) == 1
    assert sorted(np.round(found.centres.sum(axis=1)).tolist()) == [0.0, 4.0, 4.0]


def test_one_cloud_is_one_segment() -> None:
    found = segment(np.random.default_rng(4).normal(0.0, 1.0, (150, 5)), rounds=10)
    assert found.stability == (1.0,) or found.stable >= STABLE
    assert len(found.stability) <= 2


def test_the_same_learners_give_the_same_segments() -> None:
    rows = learners([(0.0, 0.0), (4.0, 0.0)])
    first, second = segment(rows, rounds=5), segment(rows, rounds=5)
    assert first.labels.tolist() == second.labels.tolist()
    assert first.stability == second.stability


def test_few_learners_are_not_split_and_nobody_is_refused() -> None:
    assert segment(np.zeros((5, 2))).stability == (1.0,)
    with pytest.raises(ValueError, match="nobody"):
        segment(np.zeros((0, 2)))


def test_a_figure_that_is_the_same_for_all_does_no_harm() -> None:
    rows = np.hstack([learners([(0.0, 0.0), (4.0, 0.0)]), np.ones((120, 1))])
    assert len(segment(rows, rounds=5).stability) == 2
