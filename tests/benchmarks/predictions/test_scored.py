"""Figures of a look-ahead and of the rule beside it."""

import random

import numpy as np
import pytest

from benchmarks.knowledge.scores import auc
from benchmarks.predictions.scored import Cases, Ranked, calibrated, figures


def cases(number: int = 400) -> Cases:
    rng = random.Random(2)
    made = Cases()
    for place in range(number):
        p = rng.random()
        came = float(rng.random() < p)
        made.add(came, p, float(rng.random() < 0.5), 30.0, f"learner-{place % 20}", coin=rng.random())
    return made


def test_the_weighted_auc_is_the_auc_of_repeated_cases() -> None:
    rng = np.random.default_rng(4)
    outcome = (rng.random(60) < 0.4).astype(float)
    score = np.round(rng.random(60), 1)
    times = rng.integers(0, 4, 60)
    repeated = np.repeat(np.arange(60), times)
    assert Ranked(outcome, score).auc(times.astype(float)) == pytest.approx(auc(outcome[repeated], score[repeated]))
    assert np.isnan(Ranked(np.ones(60), score).auc(np.ones(60)))


def test_ours_and_the_rule_s_figures_come_with_intervals_that_hold_them() -> None:
    found = figures(cases(), "a coin")
    assert found["auc"] > 0.75
    assert found["ece"] < 0.15
    assert abs(found["rule_auc"] - 0.5) < 0.1
    assert found["lead_time_s"] == 30.0
    assert found["learners"] == 20
    for name in ("auc", "rule_auc", "coin_auc", "log_loss", "rule_log_loss", "auc_gain"):
        low, high = found[f"{name}_interval"]
        assert low <= found[name] <= high
        assert low < high


def test_a_source_without_times_has_no_lead_time() -> None:
    made = cases(50)
    made.lead = [float("nan")] * 50
    assert figures(made, "a coin")["lead_time_s"] is None


def test_a_rule_s_probability_knows_only_what_came_before() -> None:
    p = calibrated(np.array([1.0, 1.0, 0.0]), np.array([1.0, 1.0, 1.0]))
    assert p.tolist() == pytest.approx([1 / 2, 2 / 3, 3 / 4])
