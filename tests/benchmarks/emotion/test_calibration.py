import numpy as np

from agents.emotion.calibration import sigmoid
from benchmarks.emotion.calibration import fit
from benchmarks.emotion.metrics import calibration_error, f1
from benchmarks.emotion.thresholds import best

RANDOM = np.random.default_rng(0)


def test_overconfident_scores_become_calibrated() -> None:
    honest = RANDOM.normal(-1.0, 1.5, size=(5000, 2))
    truth = RANDOM.random((5000, 2)) < sigmoid(honest)
    before = calibration_error(truth, sigmoid(3 * honest + 1))
    after = calibration_error(truth, sigmoid(fit(3 * honest + 1, truth).log_odds(3 * honest + 1)))
    assert (after < 0.03).all()
    assert (after < before / 2).all()


def test_labels_that_hardly_meet_are_rivals() -> None:
    one = RANDOM.integers(0, 5, size=4000)
    truth = one[:, None] == np.arange(5)
    scores = np.where(truth, 1.0, -1.0) + RANDOM.normal(size=truth.shape)
    fitted = fit(scores, truth)
    assert fitted.rivalry < -0.2
    alone = fit(scores[:, :1], truth[:, :1]).log_odds(scores[:, :1])
    among = fitted.log_odds(scores)[:, :1]
    found = [f1(truth[:, :1], best(truth[:, :1], one) <= one)[0] for one in (alone, among)]
    assert found[1] > found[0] + 0.03


def test_labels_that_have_nothing_to_do_with_each_other_are_none() -> None:
    truth = RANDOM.random((8000, 5)) < 0.2
    scores = np.where(truth, 1.0, -1.0) + RANDOM.normal(size=truth.shape)
    assert abs(fit(scores, truth).rivalry) < 0.1


def test_a_label_without_a_positive_keeps_its_order() -> None:
    scores = RANDOM.normal(size=(500, 2))
    truth = np.zeros((500, 2), dtype=bool)
    truth[:, 0] = scores[:, 0] > 0.5
    fitted = fit(scores, truth)
    assert (fitted.slope > 0).all() and (fitted.slope_after > 0).all()
    assert np.isfinite(fitted.bias).all() and np.isfinite(fitted.bias_after).all()
    assert sigmoid(fitted.log_odds(scores))[:, 1].max() < 0.05
