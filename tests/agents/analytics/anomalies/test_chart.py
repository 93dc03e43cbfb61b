"""A series whose level rises raises its alarm, one that varies does not."""

import random

from agents.analytics.anomalies.chart import FROZEN_MINUTES, Chart


def fill(chart: Chart, minutes: int, share: float, seed: int = 1, n: int = 20, first: int = 0) -> list[int]:
    """Minutes at which the alarm was raised, over minutes with `n` cases each."""
    rng = random.Random(seed)
    raised = []
    for minute in range(first, first + minutes):
        bad = float(sum(rng.random() < share for _ in range(n)))
        if chart.add(minute, float(n), bad, bad):
            raised.append(minute)
    return raised


def test_a_share_that_rises_is_seen_within_minutes_and_calm_when_it_falls() -> None:
    chart = Chart(False)
    assert fill(chart, 300, 0.02) == []
    [at] = fill(chart, 30, 0.3, first=300)
    assert 301 <= at <= 305
    fill(chart, 30, 0.02, first=330)
    assert not chart.raised


def test_one_bad_minute_raises_nothing() -> None:
    chart = Chart(False)
    fill(chart, 300, 0.02)
    assert not chart.add(300, 20.0, 20.0, 20.0)


def test_a_quiet_day_raises_nothing() -> None:
    for seed in range(5):
        assert fill(Chart(False), 1440, 0.3, seed=seed, n=5) == []


def test_learners_that_differ_are_no_anomaly() -> None:
    """Each minute is one learner's: all right or all wrong, far more variable than its counts explain."""
    rng = random.Random(3)
    chart = Chart(False)
    assert not any(chart.add(minute, 8.0, bad, bad) for minute in range(1440) for bad in (rng.choice((0.0, 1.0, 8.0)),))
    assert chart.dispersion > 2.0


def test_nothing_is_raised_before_there_is_a_past() -> None:
    chart = Chart(False)
    assert fill(chart, 19, 0.9) == []


def test_a_latency_that_rises_is_seen() -> None:
    rng = random.Random(2)
    chart = Chart(True)
    raised = []
    for minute in range(330):
        logs = [rng.gauss(6.0 + (0.9 if minute >= 300 else 0.0), 0.5) for _ in range(10)]
        if chart.add(minute, 10.0, sum(logs), sum(one * one for one in logs)):
            raised.append(minute)
    [at] = raised
    assert 301 <= at <= 306


def test_what_stays_long_becomes_the_normal_state() -> None:
    chart = Chart(False)
    fill(chart, 300, 0.02)
    fill(chart, FROZEN_MINUTES + 60, 0.3, first=300)
    assert not chart.raised
    assert chart.level > 0.2


def test_it_is_kept_as_a_row() -> None:
    chart = Chart(False)
    fill(chart, 100, 0.1)
    assert Chart.of(chart.row()) == chart
