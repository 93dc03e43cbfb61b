import numpy as np
import pytest

from agents.profile.knowledge import Statistics
from benchmarks.knowledge.passes import cross_fitted, run
from tests.benchmarks.knowledge.learners import simulated


def test_a_learner_is_never_told_of_those_who_come_after() -> None:
    learners = simulated(8, 12, seed=2)
    alone, _ = run(learners[:3], Statistics())
    together, statistics = run(learners, Statistics())
    for a, b in zip(alone, together, strict=False):
        assert np.array_equal(a.features, b.features)
    assert statistics.total[0] == 8 * 12


def test_features_come_before_the_outcome() -> None:
    learners = simulated(1, 10, seed=3)
    (table,), _ = run(learners, Statistics())
    last = learners[0].attempts[-1]
    flipped = [*learners[0].attempts[:-1], type(last)(last.item, last.concepts, not last.correct)]
    (other,), _ = run([type(learners[0])("x", flipped)], Statistics())
    assert np.array_equal(table.features, other.features)
    assert table.outcomes[-1] != other.outcomes[-1]


def test_cross_fitting_covers_every_learner_once_and_counts_every_attempt() -> None:
    learners = simulated(11, 6, seed=4)
    warm, cold, statistics = cross_fitted(learners, parts=4, seed=0)
    for tables in (warm, cold):
        assert sorted(t.learner.name for t in tables) == sorted(x.name for x in learners)
    assert statistics.total[0] == pytest.approx(66)
    evidence = np.mean([t.features[0] for t in warm], axis=0) - np.mean([t.features[0] for t in cold], axis=0)
    assert np.abs(evidence).max() > 0.1
