"""The comparison itself, on days made for it."""

from dataclasses import replace

from benchmarks.scaling.__main__ import LEARN_MINUTES, busiest_days, compare, counted_from, oracle
from benchmarks.scaling.load import made
from benchmarks.scaling.picture import draw
from benchmarks.scaling.rule import read


def test_both_metrics_are_no_later_than_lag_alone_and_dearer_than_the_oracle() -> None:
    rule = replace(read("core"), most=16)
    figures, (minutes, pods) = compare(made(1)[: 3 * 1440], rule, 600.0, 74.0)
    assert figures["lag"]["late_records"] > 0.0
    assert figures["both"]["late_records"] < figures["lag"]["late_records"]
    assert figures["fixed"]["late_records"] == 0.0
    assert 1.0 < figures["both"]["replica_hours_of_oracle"] < figures["fixed"]["replica_hours_of_oracle"]
    assert max(pods["both"]) > rule.least
    assert set(pods) == {"lag", "forecast", "both", "oracle"}
    picture = draw([one / 60 for one in minutes], pods, "Workers & load")
    assert picture.count("<polyline") == 5
    assert "Workers &amp; load" in picture


def test_the_busiest_days_begin_at_a_whole_day() -> None:
    assert busiest_days(made(1), 1440) == 0
    assert busiest_days([0.0] * 1440 + made(1), 2 * 1440) == 1440


def test_the_second_half_after_the_first_week_is_counted() -> None:
    assert counted_from(LEARN_MINUTES * 3) == LEARN_MINUTES * 2
    assert counted_from(2880) == 1440


def test_the_oracle_has_just_enough_within_bounds() -> None:
    rule = replace(read("core"), least=2, most=4)
    assert oracle([0.0, 60 * 30.0, 60 * 25.0, 60 * 1000.0], 10.0, rule) == [2, 3, 3, 4]
