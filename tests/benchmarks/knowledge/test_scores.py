import math

import numpy as np
import pytest

from benchmarks.knowledge.scores import auc, ece, log_loss


def test_auc_counts_pairs_in_order_and_ties_half() -> None:
    y = np.array([0.0, 1.0, 0.0, 1.0, 1.0])
    s = np.array([0.1, 0.4, 0.4, 0.35, 0.9])
    pairs = [(1.0 if p > n else 0.5 if p == n else 0.0) for p in s[y == 1] for n in s[y == 0]]
    assert auc(y, s) == pytest.approx(sum(pairs) / len(pairs))


def test_auc_of_one_class_is_not_a_number() -> None:
    assert math.isnan(auc(np.ones(3), np.arange(3.0)))


def test_log_loss_is_the_mean_surprise() -> None:
    assert log_loss(np.array([1.0, 0.0]), np.array([0.8, 0.4])) == pytest.approx(-(math.log(0.8) + math.log(0.6)) / 2)
    assert math.isfinite(log_loss(np.array([1.0]), np.array([0.0])))


def test_ece_is_zero_when_calibrated_and_the_gap_when_not() -> None:
    y = np.array([1.0, 1.0, 1.0, 0.0])
    assert ece(y, np.full(4, 0.75)) == pytest.approx(0.0)
    assert ece(y, np.full(4, 0.95)) == pytest.approx(0.2)
    assert ece(np.array([1.0, 0.0]), np.array([1.0, 0.0])) == 0.0
