import numpy as np

from benchmarks.emotion.metrics import f1
from benchmarks.emotion.thresholds import best, cross_fitted_f1

RANDOM = np.random.default_rng(0)
TRUTH = RANDOM.random((2000, 2)) < [0.1, 0.4]
SCORES = np.where(TRUTH, 1.0, -2.0) + RANDOM.normal(size=(2000, 2))


def test_the_cut_lies_between_the_two_kinds() -> None:
    cuts = best(TRUTH, SCORES)
    assert ((cuts > -1.5) & (cuts < 1.0)).all()
    assert (f1(TRUTH, cuts <= SCORES) > 0.8).all()


def test_cross_fitting_is_near_and_not_above_what_the_same_rows_show() -> None:
    inside = f1(TRUTH, best(TRUTH, SCORES, smooth=0.5) <= SCORES).mean()
    outside = cross_fitted_f1(TRUTH, SCORES, smooth=0.5)
    assert inside - 0.03 < outside <= inside
