import json

import numpy as np
import pytest

from agents.emotion.calibration import Calibration, rivals, sigmoid

LOGITS = np.array([[2.0, -1.0, 0.5], [-3.0, -4.0, -2.0]])


def calibration(rivalry: float) -> Calibration:
    return Calibration(np.array([1.0, 2.0, 1.0]), np.array([0.0, 1.0, 0.0]), rivalry, np.ones(3), np.zeros(3))


def test_rivals_are_the_odds_of_all_others_together() -> None:
    odds = np.exp(LOGITS)
    assert np.exp(rivals(LOGITS)) == pytest.approx(odds.sum(1, keepdims=True) - odds)


def test_the_others_of_a_label_that_is_certain_are_weighed_all_the_same() -> None:
    assert rivals(np.array([[60.0, -1.0, -2.0]]))[0, 0] == pytest.approx(np.logaddexp(-1.0, -2.0))


def test_one_label_has_no_rivals_to_speak_of() -> None:
    assert (rivals(LOGITS[:, :1]) < -600).all()


def test_without_rivalry_it_is_a_line_a_label() -> None:
    assert calibration(0.0).log_odds(LOGITS) == pytest.approx(LOGITS * [1.0, 2.0, 1.0] + [0.0, 1.0, 0.0])


def test_a_label_counts_less_where_another_fits() -> None:
    plain, rivalled = (calibration(rivalry).log_odds(LOGITS) for rivalry in (0.0, -0.3))
    drawn = plain - rivalled
    # In the first row the first label fits: the others lose more than it does, and more than in the second row.
    assert drawn[0, 1] > drawn[0, 0] and drawn[0, 2] > drawn[0, 0]
    assert (drawn[0, 1:] > drawn[1, 1:]).all()


def test_extreme_log_odds_stay_numbers() -> None:
    found = calibration(-0.3).log_odds(np.array([[500.0, -500.0, 0.0], [-500.0, -500.0, -500.0]]))
    assert np.isfinite(found).all() and np.isfinite(sigmoid(np.clip(found, -700, 700))).all()


def test_what_was_written_is_read() -> None:
    entry = json.loads(json.dumps(calibration(-0.25).written()))
    assert Calibration.read(entry).log_odds(LOGITS) == pytest.approx(calibration(-0.25).log_odds(LOGITS))
    del entry["rivalry"]
    with pytest.raises(KeyError, match="rivalry"):
        Calibration.read(entry)
