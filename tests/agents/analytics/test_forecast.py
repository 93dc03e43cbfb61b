"""The next hour's load or cost."""

import random
from math import pi, sin

import pytest

from agents.analytics.forecast import WEEK, Forecast, HourAhead


def school_hours(weeks: int, seed: int = 1) -> list[float]:
    """Busy by day, empty at night, twice as much on Mondays, with the noise of counts."""
    rng = random.Random(seed)
    totals = []
    for hour in range(weeks * WEEK):
        level = max(sin(2 * pi * (hour % 24 - 6) / 24), 0.0) * (200 if hour // 24 % 7 == 0 else 100)
        totals.append(float(max(round(rng.gauss(level, level**0.5)), 0)))
    return totals


def test_it_is_nearer_than_the_same_hour_yesterday_and_its_interval_holds() -> None:
    series, errors, rule_errors, within, asked = HourAhead(), 0.0, 0.0, 0, 0
    for place, total in enumerate(school_hours(5)):
        forecast, rule = series.forecast(), series.same_hour_yesterday()
        if place >= 2 * WEEK:
            assert forecast is not None
            assert rule is not None
            errors += abs(total - forecast.expected)
            rule_errors += abs(total - rule)
            within += forecast.low <= total <= forecast.high
            asked += 1
        series.add(total)
    assert errors < 0.8 * rule_errors
    assert 0.85 < within / asked <= 1.0


def test_a_unit_is_a_matter_of_scale() -> None:
    plain, scaled = HourAhead(), HourAhead(1000.0)
    for total in school_hours(1):
        plain.add(total)
        scaled.add(total / 1000.0)
    one, other = plain.forecast(), scaled.forecast()
    assert one is not None
    assert other is not None
    assert other.expected == pytest.approx(one.expected / 1000.0)
    assert other.above(0.05) == pytest.approx(one.above(50.0))
    assert scaled.same_hour_yesterday() == pytest.approx((plain.same_hour_yesterday() or 0.0) / 1000.0)


def test_nothing_is_forecast_before_the_first_hour() -> None:
    series = HourAhead()
    assert series.forecast() is None
    assert series.same_hour_yesterday() is None
    series.add(4.0)
    assert series.forecast() is not None


def test_more_is_less_probable_than_less() -> None:
    forecast = Forecast(100.0, 80.0, 120.0, 10.0, 0.6, 1.0)
    assert forecast.above(0.0) > 0.99
    assert forecast.above(100.0) == pytest.approx(0.5)
    assert forecast.above(150.0) < 0.01
    assert forecast.above(-5.0) == forecast.above(0.0)


def test_empty_weeks_do_not_upset_it() -> None:
    series = HourAhead()
    for total in (*school_hours(2), *[0.0] * (3 * WEEK)):
        series.add(total)
    forecast = series.forecast()
    assert forecast is not None
    assert forecast.expected < 1.0
