"""Copies, late records and records out of order change no number that an analyst sees."""

import random
from collections.abc import Sequence
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from config.settings import Settings
from pipeline.delivery.record import Record
from sinks.writer import Writer
from tests.docs import classroom

pytestmark = pytest.mark.stack
OF_STORING = ("kafka_topic", "kafka_partition", "kafka_appended_at", "ingested_at")


def seen(client: Client, settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Every view's rows in one order, without what says how they came to be stored."""
    columns = client.query(
        "SELECT table, groupArray(name) FROM system.columns WHERE database = {d:String} "
        "AND table IN (SELECT name FROM system.tables WHERE database = {d:String} AND engine = 'View') GROUP BY table",
        parameters={"d": settings.clickhouse_database},
    ).result_rows
    found = {}
    for view, names in columns:
        shown = ", ".join(name for name in names if name not in OF_STORING)
        # As text: maps have no order.
        found[view] = sorted(map(str, client.query(f"SELECT {shown} FROM {view}").result_rows))
    return found  # type: ignore[return-value]


async def write(writer: Writer, records: Sequence[Record], size: int) -> None:
    for start in range(0, len(records), size):
        assert await writer.write_all(records[start : start + size]) == []


async def test_shuffled_with_copies_the_views_say_the_same(
    database: Client, settings: Settings, writer: Writer
) -> None:
    records = list(classroom.records())
    await write(writer, records, len(records))
    in_order = seen(database, settings)
    assert len(in_order["fact_attempts"]) == 20
    assert sum(bool(found) for found in in_order.values()) > 15
    copies = [Record(r.topic, r.partition, r.offset + 1000, r.key, r.event, r.appended_at) for r in records]
    # Late: all of it a second time.
    await write(writer, copies, 40)
    assert seen(database, settings) == in_order
    for (table,) in database.query("SHOW TABLES LIKE 'raw_%'").result_rows:
        database.command(f"TRUNCATE TABLE {table}")
    mixed = records + random.Random(5).sample(copies, len(copies) // 2)
    random.Random(6).shuffle(mixed)
    await write(writer, mixed, 30)
    assert seen(database, settings) == in_order
