import math

import pytest

from benchmarks.emotion.ranking import auc, ranks, spearman


def test_ties_share_their_middle_rank() -> None:
    assert ranks([10, 20, 20, 5]).tolist() == [2, 3.5, 3.5, 1]


def test_auc_counts_pairs() -> None:
    assert auc([0, 0, 1, 1], [1, 2, 3, 4]) == 1.0
    assert auc([0, 1, 0, 1], [1, 1, 1, 1]) == 0.5
    assert auc([0, 1, 0, 1], [1, 4, 3, 2]) == 0.75
    assert math.isnan(auc([1, 1], [1, 2]))


def test_spearman_sees_order_only() -> None:
    assert spearman([1, 2, 3], [1, 10, 1000]) == pytest.approx(1.0)
    assert spearman([1, 2, 3], [3, 2, 1]) == pytest.approx(-1.0)
    assert math.isnan(spearman([1, 1], [1, 2]))
