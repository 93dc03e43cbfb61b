import random

import numpy as np
import pytest

from agents.profile.knowledge import Attempt
from benchmarks.knowledge.baselines import BASELINES, run
from benchmarks.knowledge.scores import auc
from benchmarks.knowledge.sets import Learner
from tests.benchmarks.knowledge.learners import simulated


@pytest.mark.parametrize("name", BASELINES)
def test_each_beats_chance_on_learners_it_has_not_seen(name: str) -> None:
    learners = simulated(120, 30, seed=1)
    test = learners[80:]
    y = np.array([float(a.correct) for learner in test for a in learner.attempts])
    p = run(name, learners[:80], test)
    assert len(p) == len(y)
    assert ((p > 0) & (p < 1)).all()
    assert auc(y, p) > 0.6


@pytest.mark.parametrize("name", BASELINES)
def test_each_predicts_before_it_is_told(name: str) -> None:
    rng = random.Random(5)
    coins = [Learner(str(k), [Attempt("i", ("c",), rng.random() < 0.5) for _ in range(20)]) for k in range(100)]
    y = np.array([float(a.correct) for learner in coins for a in learner.attempts])
    assert auc(y, run(name, [], coins)) == pytest.approx(0.5, abs=0.05)
