import numpy as np

from benchmarks.emotion.calibration import fit, sigmoid
from benchmarks.emotion.metrics import calibration_error


def test_overconfident_scores_become_calibrated() -> None:
    random = np.random.default_rng(0)
    honest = random.normal(-1.0, 1.5, size=(5000, 2))
    truth = random.random((5000, 2)) < sigmoid(honest)
    slope, bias = fit(3 * honest + 1, truth)
    before = calibration_error(truth, sigmoid(3 * honest + 1))
    after = calibration_error(truth, sigmoid((3 * honest + 1) * slope + bias))
    assert (after < 0.03).all()
    assert (after < before / 2).all()


def test_a_label_without_a_positive_keeps_its_order() -> None:
    scores = np.random.default_rng(0).normal(size=(500, 2))
    truth = np.zeros((500, 2), dtype=bool)
    truth[:, 0] = scores[:, 0] > 0.5
    slope, bias = fit(scores, truth)
    assert (slope > 0).all()
    assert np.isfinite(bias).all()
    assert sigmoid(scores[:, 1] * slope[1] + bias[1]).max() < 0.05
