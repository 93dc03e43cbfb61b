"""The writer on the real engine."""

import uuid
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from clickhouse_connect.driver.client import Client

from config.settings import Settings
from local.clickhouse import ClickHouse
from local.ports import free_port
from pipeline.delivery.record import NotNow, Record
from schemas import topics
from sinks import tables
from sinks.client import connect
from sinks.columns import Table
from sinks.dead_letters import DEAD_LETTERS
from sinks.errors import BadRows
from sinks.migrate import migrate
from sinks.writer import Writer, token
from tests.sinks.records import record
from tests.sinks.test_dead_letters import letter

pytestmark = pytest.mark.stack
EVENT_TABLES = [table for table in tables.ALL if table.topic is not None]


def count(client: Client, table: str) -> int:
    return int(client.query(f"SELECT count() FROM {table}").result_rows[0][0])


def comparable(value: Any) -> Any:
    """A value as an event has it, whether it comes from one or from the database."""
    match value:
        case uuid.UUID():
            return str(value)
        case datetime():
            return round(value.timestamp() * 1_000_000)
        case bool() | None:
            return value
        case int() | float() | Decimal():
            return pytest.approx(float(value), rel=1e-6)
        case bytes():
            return value.decode("latin-1")
        case dict():
            return {comparable(key): comparable(part) for key, part in value.items()}
        case list() | tuple():
            return [comparable(part) for part in value]
        case _:
            return value


def read_back(client: Client, table: Table) -> list[dict[str, Any]]:
    """What the table's view shows, in the order of the records."""
    view = table.name.replace("raw_", "fact_", 1)
    formats = {"sketches": "bytes", "payload": "bytes", "record_key": "bytes"}
    answer = client.query(
        f"SELECT {', '.join(table.names)} FROM {view} ORDER BY kafka_offset",
        column_formats={name: kind for name, kind in formats.items() if name in table.names},
        query_tz="UTC",
    )
    return [dict(zip(answer.column_names, map(comparable, row), strict=True)) for row in answer.result_rows]


def expected(table: Table, records: list[Record]) -> list[dict[str, Any]]:
    """The same from the records."""
    return [dict(zip(table.names, map(comparable, trimmed(table, r)), strict=True)) for r in records]


def trimmed(table: Table, of: Record) -> tuple[Any, ...]:
    """The record's row; of the pieces of a context the text is left out."""
    values = dict(zip(table.names, table.row(of), strict=True))
    if table is tables.CONTEXTS:
        values["pieces"] = [{k: v for k, v in piece.items() if k != "text"} for piece in values["pieces"]]
    return tuple(values.values())


@pytest.mark.parametrize("table", EVENT_TABLES, ids=lambda table: table.name)
async def test_what_is_written_can_be_read(table: Table, database: Client, writer: Writer) -> None:
    assert table.topic is not None
    full = [record(table.topic, n) for n in range(4)]
    sparse = [record(table.topic, n, sparse=True) for n in range(4, 8)]
    await writer.write(table.name, full + sparse)
    assert read_back(database, table) == expected(table, full + sparse)


@pytest.mark.parametrize("table", EVENT_TABLES, ids=lambda table: table.name)
async def test_a_batch_of_sparse_events_fits(table: Table, database: Client, writer: Writer) -> None:
    assert table.topic is not None
    sparse = [record(table.topic, n, sparse=True) for n in range(2)]
    await writer.write(table.name, sparse)
    assert read_back(database, table) == expected(table, sparse)


async def test_a_dead_letter_keeps_its_bytes(database: Client, writer: Writer) -> None:
    letters = [letter(offset=1, origin=1), letter(offset=2, origin=2, payload=None)]
    await writer.write("raw_dead_letters", letters)
    assert read_back(database, DEAD_LETTERS) == expected(DEAD_LETTERS, letters)


async def test_json_columns_hold_the_nested_record(database: Client, writer: Writer) -> None:
    sent = record(topics.RESPONSES, 1)
    await writer.write("raw_responses", [sent])
    ((emotion, plan),) = database.query("SELECT emotion, plan FROM fact_responses").result_rows
    assert orjson.loads(emotion) == sent.event["emotion"]
    assert orjson.loads(plan) == sent.event["plan"]


async def test_costs_are_exact(database: Client, writer: Writer) -> None:
    await writer.write("raw_responses", [record(topics.RESPONSES, n, cost_usd=0.000123) for n in range(1000)])
    assert database.query("SELECT sum(cost_usd) FROM fact_responses").result_rows == [(Decimal("0.123"),)]


async def test_the_same_batch_again_adds_nothing(database: Client, writer: Writer) -> None:
    months_apart = [record(topics.ATTEMPTS, n, sent_at=1_450_000_000_000_000 + n * 10**13) for n in range(200)]
    for _ in range(3):
        await writer.write("raw_attempts", months_apart)
    assert count(database, "raw_attempts") == 200


async def test_another_batch_with_the_same_values_is_added(database: Client, writer: Writer) -> None:
    await writer.write("raw_attempts", [record(topics.ATTEMPTS, n, offset=n) for n in range(10)])
    await writer.write("raw_attempts", [record(topics.ATTEMPTS, n, offset=100 + n) for n in range(10)])
    assert count(database, "raw_attempts") == 20
    assert count(database, "fact_attempts") == 10


async def test_final_windows_that_the_feed_missed_come_with_the_batch_that_comes_again(
    database: Client, writer: Writer
) -> None:
    closed = [record(topics.AGGREGATES, n, final=True) for n in range(3)]
    database.command("ALTER TABLE raw_final_windows ADD CONSTRAINT away CHECK NOT throwIf(events >= 0)")
    try:
        with pytest.raises(NotNow):
            await writer.write("raw_aggregates", closed)
    finally:
        database.command("ALTER TABLE raw_final_windows DROP CONSTRAINT away")
    await writer.write("raw_aggregates", closed)
    assert (count(database, "raw_aggregates"), count(database, "fact_final_windows")) == (3, 3)


async def test_what_stands_at_the_same_places_of_a_topic_made_anew_is_added(database: Client, writer: Writer) -> None:
    first = [record(topics.ATTEMPTS, number) for number in range(3)]
    later = [
        replace(record(topics.ATTEMPTS, number + 10, offset=number), appended_at=one.appended_at + 60_000_000)
        for number, one in enumerate(first)
    ]
    for batch in (first, later):
        await writer.write("raw_attempts", batch)
    assert count(database, "fact_attempts") == 6


def test_a_token_is_of_positions_in_order() -> None:
    a, b = record(topics.ATTEMPTS, 1), record(topics.ATTEMPTS, 2)
    elsewhere = Record(a.topic, a.partition + 1, a.offset, a.key, a.event, a.appended_at)
    tokens = [token("t", [a, b]), token("t", [b, a]), token("u", [a, b]), token("t", [a]), token("t", [elsewhere, b])]
    assert len(set(tokens)) == len(tokens)
    changed = Record(a.topic, a.partition, a.offset, a.key, {}, a.appended_at)
    assert token("t", [changed, b]) == token("t", [a, b])


async def test_a_value_out_of_range_takes_only_its_own_record(database: Client, writer: Writer) -> None:
    records = [record(topics.ATTEMPTS, n) for n in range(50)]
    # Avro's 'int' may hold more on the wire than its readers promise.
    records[7].event["hints_used"] = 2**40
    records[31].event["correct"] = object()
    records[31].event["answer"] = 17
    with pytest.raises(BadRows) as caught:
        await writer.write("raw_attempts", records)
    assert [refused for refused, _, _ in caught.value.refused] == [records[7], records[31]]
    assert {reason for _, reason, _ in caught.value.refused} == {"row"}
    assert "hints_used" in caught.value.refused[0][2]
    assert count(database, "raw_attempts") == 48
    with pytest.raises(BadRows):
        await writer.write("raw_attempts", records)
    assert count(database, "raw_attempts") == 48


@pytest.mark.parametrize("cost", [float("nan"), float("inf"), 1e12])
async def test_a_cost_that_is_none_takes_only_its_own_record(cost: float, database: Client, writer: Writer) -> None:
    records = [record(topics.RESPONSES, n) for n in range(5)]
    records[2].event["cost_usd"] = cost
    with pytest.raises(BadRows) as caught:
        await writer.write("raw_responses", records)
    assert [refused for refused, _, _ in caught.value.refused] == [records[2]]
    assert count(database, "raw_responses") == 4


async def test_a_record_that_lacks_a_field_takes_only_itself(database: Client, writer: Writer) -> None:
    records = [record(topics.FEEDBACK, n) for n in range(5)]
    del records[4].event["rating"]
    with pytest.raises(BadRows) as caught:
        await writer.write("raw_feedback", records)
    assert [refused for refused, _, _ in caught.value.refused] == [records[4]]
    assert count(database, "raw_feedback") == 4


async def test_a_row_that_only_the_engine_can_judge(database: Client, settings: Settings) -> None:
    writer = Writer(settings)
    await writer.connect()
    # A table that was changed behind the writer's back: only two kinds are left.
    database.command("ALTER TABLE raw_feedback MODIFY COLUMN kind Enum8('HELPFUL' = 1, 'UNHELPFUL' = 2)")
    try:
        records = [record(topics.FEEDBACK, n, kind="HELPFUL") for n in range(13)]
        for n in (3, 4, 11):
            records[n].event["kind"] = "CONFUSED"
        with pytest.raises(BadRows) as caught:
            await writer.write("raw_feedback", records)
        assert [refused for refused, _, _ in caught.value.refused] == [records[n] for n in (3, 4, 11)]
        assert count(database, "raw_feedback") == 10
    finally:
        database.command("TRUNCATE TABLE raw_feedback")
        database.command("ALTER TABLE raw_feedback MODIFY COLUMN kind LowCardinality(String)")
        await writer.close()


async def test_records_of_several_topics_go_to_their_tables(database: Client, writer: Writer) -> None:
    bad = record(topics.ATTEMPTS, 3)
    bad.event["hints_used"] = 2**40
    records = [record(topics.MESSAGES, 1), record(topics.ATTEMPTS, 2), bad, record(topics.MESSAGES, 4), letter()]
    refused = await writer.write_all(records)
    assert [(r, reason) for r, reason, _ in refused] == [(bad, "row")]
    assert [count(database, t) for t in ("fact_messages", "fact_attempts", "fact_dead_letters")] == [2, 1, 1]


async def test_nothing_to_write(database: Client, writer: Writer) -> None:
    await writer.write("raw_attempts", [])
    assert await writer.write_all([]) == []
    assert count(database, "raw_attempts") == 0


async def test_a_table_that_there_is_not(writer: Writer) -> None:
    with pytest.raises(LookupError):
        await writer.write("raw_nothing", [record(topics.ATTEMPTS, 1)])


async def test_nobody_there_is_not_now() -> None:
    writer = Writer(Settings(_env_file=None, clickhouse_url=f"http://127.0.0.1:{free_port()}"))
    with pytest.raises(NotNow, match="nothing answers"):
        await writer.write("raw_attempts", [record(topics.ATTEMPTS, 1)])


@pytest.mark.parametrize("error", [OSError(24, "Too many open files"), MemoryError()])
async def test_trouble_of_this_process_is_not_now_and_no_fault_of_a_record(
    error: Exception, database: Client, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await writer.connect()
    records = [record(topics.MESSAGES, number) for number in range(3)]

    def fails(_self: Writer, _table: Table, _records: list[Record]) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(Writer, "_send", fails)
        with pytest.raises(NotNow, match="the insert into raw_messages failed"):
            await writer.write_all(records)
    assert await writer.write_all(records) == []


async def test_a_database_without_tables_is_not_now(settings: Settings) -> None:
    writer = Writer(settings.model_copy(update={"clickhouse_database": "not_made_yet"}))
    with pytest.raises(NotNow, match="run masterx migrate"):
        await writer.connect()


async def test_a_clickhouse_that_went_is_not_now_and_coming_back_loses_nothing(tmp_path: Path) -> None:
    engine = ClickHouse(tmp_path, None)
    engine.start()
    try:
        settings = Settings(_env_file=None, clickhouse_url=engine.url)
        client = connect(settings, database=None)
        migrate(client, settings)
        client.close()
        writer = Writer(settings)
        records = [record(topics.ATTEMPTS, n) for n in range(20)]
        await writer.write("raw_attempts", records[:10])
        engine.stop()
        with pytest.raises(NotNow):
            await writer.write("raw_attempts", records[10:])
        with pytest.raises(NotNow):
            await writer.write_all(records[10:])
        engine.start()
        await writer.write("raw_attempts", records[10:])
        await writer.write("raw_attempts", records[:10])
        await writer.close()
        client = connect(settings, database=settings.clickhouse_database)
        assert (count(client, "raw_attempts"), count(client, "fact_attempts")) == (20, 20)
        client.close()
    finally:
        engine.stop()
