import numpy as np
import pytest

from benchmarks.routing.curves import curve, interval

PRICES = np.array([1.0, 10.0])


def two(weak: list[float], strong: list[float]) -> np.ndarray:
    return np.array([weak, strong]).T


def test_router_that_knows_recovers_the_gap_first() -> None:
    quality = two([0, 0, 1, 1], [1, 1, 1, 1])
    line = curve(quality, quality, PRICES)
    assert line.pgr[0] == 0.0
    assert line.pgr[500] == pytest.approx(1.0)
    assert line.apgr == pytest.approx(0.75, abs=0.001)
    assert line.cpt(0.5) == pytest.approx(0.25, abs=0.001)
    assert line.cpt(0.8) == pytest.approx(0.4, abs=0.001)


def test_router_that_has_it_backwards_is_below_a_half() -> None:
    quality = two([0, 0, 1, 1], [1, 1, 1, 1])
    assert curve(-quality, quality, PRICES).apgr == pytest.approx(0.25, abs=0.001)


def test_chance_is_a_half() -> None:
    random = np.random.default_rng(0)
    quality = two(list(random.integers(0, 2, 20000)), [1] * 20000)
    assert curve(random.random(quality.shape), quality, PRICES).apgr == pytest.approx(0.5, abs=0.02)


def test_level_that_is_never_reached_has_no_share() -> None:
    quality = two([0, 0], [1, 1])
    assert curve(quality, quality, PRICES).cpt(1.1) is None


def test_cost_is_relative_to_the_strong_model() -> None:
    quality = two([0, 1], [1, 1])
    line = curve(quality, quality, PRICES)
    assert line.cost[0] == pytest.approx(0.1)
    assert line.cost_at(1.0) == pytest.approx(0.1 + 0.9 / 2, abs=0.001)


def test_more_models_are_taken_by_their_price() -> None:
    quality = np.array([[1.0, 1.0, 1.0], [0.0, 1.0, 1.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]])
    line = curve(quality, quality, np.array([1.0, 2.0, 10.0]))
    assert line.quality[0] == pytest.approx(0.25)
    # All right at (1 + 2 + 10 + 10) / 4 = 5.75 on the way from 1 to 10.
    assert line.quality[528] == pytest.approx(1.0, abs=0.001)
    assert line.quality[500] < 1.0


def test_interval_holds_the_figure() -> None:
    random = np.random.default_rng(1)
    quality = two(list(random.integers(0, 2, 400)), list(random.integers(0, 2, 400) | 1))
    predicted = quality + random.normal(0, 1, quality.shape)
    low, high = interval(predicted, quality, PRICES, rounds=100)
    assert low < curve(predicted, quality, PRICES).apgr < high
