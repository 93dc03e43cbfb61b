import numpy as np
import pytest

from agents.emotion.labels import EKMAN, EMOTIONS, SENTIMENT
from benchmarks.emotion import metrics

TRUTH = np.array([[1, 0], [1, 1], [0, 1], [0, 0]], dtype=bool)
CHOSEN = np.array([[1, 0], [0, 1], [1, 1], [0, 0]], dtype=bool)


def test_precision_recall_and_f1() -> None:
    precision, recall = metrics.precision_recall(TRUTH, CHOSEN)
    assert precision.tolist() == [0.5, 1.0]
    assert recall.tolist() == [0.5, 1.0]
    assert metrics.f1(TRUTH, CHOSEN).tolist() == [0.5, 1.0]


def test_f1_of_a_label_that_is_nowhere_is_zero() -> None:
    empty = np.zeros((3, 1), dtype=bool)
    assert metrics.f1(empty, empty).tolist() == [0.0]


def test_groups_cover_every_label_once() -> None:
    for groups in (EKMAN, SENTIMENT):
        assert sorted(name for names in groups.values() for name in names) == sorted(EMOTIONS)


def test_a_group_is_chosen_when_any_of_its_labels_is() -> None:
    rows = np.zeros((2, 28), dtype=bool)
    rows[0, EMOTIONS.index("annoyance")] = True
    found = metrics.grouped(rows, EKMAN)
    assert found[0].tolist() == [name == "anger" for name in EKMAN]
    assert not found[1].any()


def test_calibration_error_is_the_gap_between_said_and_seen() -> None:
    truth = np.array([[1], [0], [0], [0]], dtype=bool)
    assert metrics.calibration_error(truth, np.full((4, 1), 0.25)) == pytest.approx([0.0])
    assert metrics.calibration_error(truth, np.full((4, 1), 0.75)) == pytest.approx([0.5])
    assert metrics.calibration_error(truth, np.array([[1.0], [0.0], [0.0], [0.0]])) == pytest.approx([0.0])


def test_bootstrap_holds_the_point_and_repeats() -> None:
    random = np.random.default_rng(1)
    truth = random.random((400, 3)) < 0.3
    chosen = truth ^ (random.random((400, 3)) < 0.1)
    low, high = metrics.bootstrap(truth, chosen, draws=200)
    assert low < metrics.f1(truth, chosen).mean() < high
    assert (low, high) == metrics.bootstrap(truth, chosen, draws=200)
