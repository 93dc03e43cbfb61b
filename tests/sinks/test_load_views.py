"""Forecasts of load and cost against what came: small inputs with copies, expected rows, real engine."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from cli.forecast.store import COLUMNS, TABLE
from tests.sinks.records import identity, rows

pytestmark = pytest.mark.stack
# Noon, so that what follows within hours is of one day; two days ago, so that it is over.
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=2)
OUTCOMES = "SELECT kind, made_at, expected, came FROM fact_load_outcomes ORDER BY kind, made_at"
SCORES = "SELECT * FROM agg_load_forecast_scores ORDER BY kind, day"


def at(minutes: float) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def forecast(client: Client, kind: str, made_at: datetime, expected: float, **more: Any) -> None:
    """Store one; its interval is ten to either side unless said otherwise."""
    row = {"low": expected - 10, "high": expected + 10, "yesterday": None, **more}
    given = {"kind": kind, "made_at": made_at, "expected": expected, **row}
    client.insert(TABLE, [[given[name] for name in COLUMNS]], column_names=COLUMNS)


def appended(client: Client, table: str, *times: datetime, cost: float | None = None) -> None:
    """Rows that the broker took at `times`, each of an event of its own."""
    names = ["event_id", "tenant_id", "learner_id", "sent_at", "kafka_appended_at"]
    made: list[list[Any]] = [[identity(place), "tenant", "ada", NOON, when] for place, when in enumerate(times)]
    if cost is not None:
        names, made = [*names, "cost_usd", "lost_usd"], [[*row, cost / 5, cost * 4 / 5] for row in made]
    client.insert(table, made, column_names=names)


def naive(when: datetime) -> datetime:
    return when.replace(tzinfo=None)


def test_the_sixty_minutes_from_the_forecast_on_are_what_came(database: Client) -> None:
    forecast(database, "messages", at(0), 3.0)
    forecast(database, "attempts", at(0), 2.0)
    forecast(database, "cost_usd", at(30), 0.5)
    appended(database, "raw_messages", at(-0.001), at(0), at(0), at(59.999), at(60))
    appended(database, "raw_responses", at(29), at(30), at(89), at(90), cost=0.25)
    assert rows(database, OUTCOMES) == [
        ("attempts", naive(at(0)), 2.0, 0.0),
        ("cost_usd", naive(at(30)), 0.5, 0.5),
        ("messages", naive(at(0)), 3.0, 3.0),
    ]


def test_copies_count_as_they_do_in_the_forecast(database: Client) -> None:
    forecast(database, "attempts", at(0), 3.0)
    database.command("SYSTEM STOP MERGES raw_attempts")
    try:
        for minute in (1, 2):
            appended(database, "raw_attempts", at(minute))
        assert rows(database, "SELECT uniq(event_id) FROM raw_attempts") == [(1,)]
        assert rows(database, OUTCOMES) == [("attempts", naive(at(0)), 3.0, 2.0)]
    finally:
        database.command("SYSTEM START MERGES raw_attempts")


def test_a_day_s_forecasts_are_scored_beside_the_rule(database: Client) -> None:
    appended(database, "raw_messages", *[at(0)] * 40, *[at(60)] * 80)
    forecast(database, "messages", at(0), 44.0, yesterday=None)
    forecast(database, "messages", at(60), 60.0, yesterday=50.0)
    forecast(database, "messages", at(61), 0.0, low=0.0, high=0.0, yesterday=10.0)
    forecast(database, "attempts", at(0), 1.0)
    forecast(database, "messages", at(-24 * 60), 5.0, low=0.0)
    day = NOON.date()
    assert rows(database, SCORES) == [
        ("attempts", day, 1, 0.0, 1.0, None, 1.0),
        ("messages", day - timedelta(days=1), 1, 0.0, 5.0, None, 1.0),
        ("messages", day, 3, 40.0, pytest.approx((4 + 20 + 0) / 3), 20.0, pytest.approx(2 / 3)),
    ]


def test_of_one_minute_the_first_that_was_stored_counts_once(database: Client) -> None:
    appended(database, "raw_messages", *[at(0)] * 10)
    for expected in (12.0, 99.0, 12.0):
        forecast(database, "messages", at(0), expected)
    for _ in range(2):
        assert rows(database, "SELECT kind, expected FROM fact_load_forecasts") == [("messages", 12.0)]
        assert rows(database, SCORES) == [("messages", NOON.date(), 1, 10.0, 2.0, None, 1.0)]
        database.command(f"OPTIMIZE TABLE {TABLE} FINAL")
    assert rows(database, f"SELECT count() FROM {TABLE}") == [(1,)]


def test_a_forecast_is_scored_a_quarter_of_an_hour_after_its_hour(database: Client) -> None:
    # Of now, not of when this file was read: a whole run takes minutes.
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    for minutes in (0, 30, 60, 73):
        forecast(database, "messages", now - timedelta(minutes=minutes), 5.0)
    assert rows(database, SCORES) == []
    assert rows(database, "SELECT count() FROM fact_load_forecasts") == [(4,)]
    over = now - timedelta(minutes=76)
    forecast(database, "messages", over, 5.0)
    assert rows(database, OUTCOMES) == [("messages", naive(over), 5.0, 0.0)]
