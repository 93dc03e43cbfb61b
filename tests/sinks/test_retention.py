"""How long rows stay, on the real engine."""

from datetime import UTC, datetime, timedelta

import pytest
from clickhouse_connect.driver.client import Client

from config.settings import Settings
from schemas import topics
from sinks import retention, tables
from sinks.columns import Table
from sinks.writer import Writer
from tests.sinks.records import record

pytestmark = pytest.mark.stack
YEAR_2009 = 1_240_000_000_000_000


def insert_as_of(client: Client, table: Table, age: timedelta, number: int) -> None:
    """Put a row into `table` as if it had come `age` ago."""
    assert table.topic is not None
    row = [*table.row(record(table.topic, number)), datetime.now(UTC) - age]
    client.insert(table.name, [row], column_names=[*table.names, "ingested_at"])


def settle(client: Client, table: str) -> int:
    """Merge everything, which is when expired rows go; how many rows are left."""
    client.command(f"OPTIMIZE TABLE {table} FINAL")
    return int(client.query(f"SELECT count() FROM {table}").result_rows[0][0])


async def test_replayed_old_events_stay(database: Client, writer: Writer) -> None:
    await writer.write("raw_attempts", [record(topics.ATTEMPTS, n, sent_at=YEAR_2009 + n) for n in range(10)])
    assert settle(database, "raw_attempts") == 10


async def test_rows_go_by_when_they_came(database: Client, settings: Settings) -> None:
    for number, days in enumerate((settings.ttl_days + 1, settings.ttl_days - 1)):
        insert_as_of(database, tables.ATTEMPTS, timedelta(days=days), number)
    assert settle(database, "raw_attempts") == 1


async def test_emotion_scores_go_first(database: Client, settings: Settings) -> None:
    age = timedelta(days=settings.ttl_days_emotion + 1)
    for table in (tables.EMOTIONS, tables.RESPONSES, tables.PROFILES, tables.REWARDS, tables.INTERVENTIONS):
        insert_as_of(database, table, age, 1)
    assert settle(database, "raw_emotions") == 0
    assert settle(database, "raw_responses") == 1
    query = "SELECT emotion, plan, decision_features, text FROM raw_responses"
    assert database.query(query).result_rows == [("", "", {}, "text-1")]
    assert settle(database, "raw_profiles") == 1
    assert database.query("SELECT emotion_baseline, revision FROM raw_profiles").result_rows == [({}, 4)]
    assert settle(database, "raw_rewards") == 1
    assert database.query("SELECT features, task FROM raw_rewards").result_rows == [({}, "task-1")]
    assert settle(database, "raw_interventions") == 1
    assert database.query("SELECT evidence, kind FROM raw_interventions").result_rows == [({}, "kind-1")]


async def test_scores_that_are_not_so_old_stay(database: Client, settings: Settings) -> None:
    for table in (tables.RESPONSES, tables.REWARDS, tables.INTERVENTIONS):
        insert_as_of(database, table, timedelta(days=settings.ttl_days_emotion - 1), 1)
        settle(database, table.name)
    query = "SELECT notEmpty(decision_features), notEmpty(emotion) FROM raw_responses"
    assert database.query(query).result_rows == [(1, 1)]
    assert database.query("SELECT notEmpty(features) FROM raw_rewards").result_rows == [(1,)]
    assert database.query("SELECT notEmpty(evidence) FROM raw_interventions").result_rows == [(1,)]


async def test_a_changed_setting_takes_effect(database: Client, settings: Settings) -> None:
    shorter = settings.model_copy(update={"ttl_days": 10, "ttl_days_emotion": 5})
    try:
        changes = retention.apply(database, shorter)
        assert {"raw_attempts: 10 days", "raw_emotions: 5 days", "raw_responses.plan: 5 days"} <= set(changes)
        assert "raw_load_forecasts: 10 days" in changes
        assert retention.apply(database, shorter) == []
        insert_as_of(database, tables.ATTEMPTS, timedelta(days=11), 1)
        assert settle(database, "raw_attempts") == 0
    finally:
        retention.apply(database, settings)
    assert retention.apply(database, settings) == []
