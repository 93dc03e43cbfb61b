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


def test_cross_fitting_is_near_what_other_rows_of_the_same_kind_show() -> None:
    cuts = best(TRUTH, SCORES)
    others = RANDOM.random((20_000, 2)) < [0.1, 0.4]
    unseen = np.where(others, 1.0, -2.0) + RANDOM.normal(size=(20_000, 2))
    assert abs(cross_fitted_f1(TRUTH, SCORES) - f1(others, cuts <= unseen).mean()) < 0.03


def test_cross_fitting_does_not_see_the_rows_that_it_counts() -> None:
    noise = RANDOM.normal(size=(200, 6))
    truth = RANDOM.random((200, 6)) < 0.05
    assert cross_fitted_f1(truth, noise) < f1(truth, best(truth, noise, smooth=0.1) <= noise).mean() - 0.03
