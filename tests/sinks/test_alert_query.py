"""The query in an alert runs on the real engine and shows what the alert is about."""

import time
import uuid

import pytest
from clickhouse_connect.driver.client import Client

from agents.analytics.anomalies.query import query
from agents.profile.events import learning_event
from gateway.ahead import ANOMALIES
from schemas import topics
from sinks.writer import Writer
from tests.agents.analytics.anomalies.windows import MINUTE, START, calls, window
from tests.agents.profile.given import attempt
from tests.cli.samples import sample
from tests.sinks.records import placed

pytestmark = pytest.mark.stack


async def test_the_cause_stands_beside_the_rest(database: Client, writer: Writer) -> None:
    windows = [calls(minute, name, 10, 4 if name == "it's" else 1) for minute in range(3) for name in ("it's", "other")]
    windows.append(window(1, "concept", "fractions", {"attempts": 5, "correct": 1}))
    written = [placed(topics.AGGREGATES, one, offset) for offset, one in enumerate(windows)]
    await writer.write("raw_aggregates", written)
    await writer.write("raw_aggregates", written[:2])
    text = query("errors", "provider", ("it's",), START, START + 2 * MINUTE)
    rows = [tuple(row)[1:] for row in database.query(text).result_rows]
    assert rows == [(0, 10, 1), (1, 10, 4)] * 3
    text = query("wrong_answers", "concept", ("fractions",), START, START + 2 * MINUTE)
    assert [tuple(row)[1:] for row in database.query(text).result_rows] == [(1, 5, 4)]
    for dimension, values in (("version", ("tutor-1",)), ("tenant", ("north",)), ("all", ())):
        for metric in ("errors", "latency", "wrong_answers"):
            database.query(query(metric, dimension, values, START, START + 2 * MINUTE))


async def test_what_workers_of_before_did_not_call_is_no_case(database: Client, writer: Writer) -> None:
    before = {"calls": 9, "calls_ok": 3, "calls_timeout": 1, "calls_open": 3, "calls_skipped": 2}
    now = {"calls": 4, "calls_ok": 3, "calls_timeout": 1, "not_called_open": 5}
    windows = [window(minute, "provider", "groq", counts) for minute, counts in enumerate((before, now))]
    await writer.write("raw_aggregates", [placed(topics.AGGREGATES, one, offset) for offset, one in enumerate(windows)])
    text = query("errors", "provider", ("groq",), START, START + 2 * MINUTE)
    assert [tuple(row)[1:] for row in database.query(text).result_rows] == [(1, 4, 1)] * 2


async def test_an_item_s_attempts_stand_beside_what_was_expected_of_them(database: Client, writer: Writer) -> None:
    tried = [attempt(at=START + place * 1000) for place in range(3)]
    said = [
        learning_event(
            one, "attempt_predicted", part=str(place), item="it's", predicted=0.75, outcome=float(place == 0)
        )
        for place, one in enumerate(tried)
    ]
    await writer.write("raw_learning_events", [placed(topics.LEARNING_EVENTS, one, n) for n, one in enumerate(said)])
    text = query("wrong_on_item", "item", ("it's",), START, START + 2 * MINUTE)
    [row] = database.query(text).result_rows
    assert (row[1], row[2], row[3], row[4]) == (1, 3, 2, pytest.approx(0.8, abs=0.06))
    whose = said[0]["tenant_id"]
    assert database.query(query("wrong_on_item", "item", ("it's",), START, START + 2 * MINUTE, whose)).result_rows
    assert not database.query(query("wrong_on_item", "item", ("it's",), START, START + 2 * MINUTE, "b")).result_rows


async def test_a_tenant_s_query_counts_its_own_concept_alone(database: Client, writer: Writer) -> None:
    windows = [
        window(1, "concept", "fractions", {"attempts": 5, "correct": right}, tenant=tenant)
        for tenant, right in (("it's a", 1), ("b", 3))
    ]
    await writer.write("raw_aggregates", [placed(topics.AGGREGATES, one, offset) for offset, one in enumerate(windows)])
    text = query("wrong_answers", "concept", ("fractions",), START, START + 2 * MINUTE, "it's a")
    assert [tuple(row)[1:] for row in database.query(text).result_rows] == [(1, 5, 4)]


async def test_the_look_ahead_shows_what_concerns_all_and_the_tenant_s_own(database: Client, writer: Writer) -> None:
    said = [
        sample("Alert")
        | {
            "event_id": str(uuid.uuid4()),
            "group_id": str(uuid.uuid4()),
            "sent_at": time.time_ns() // 1000,
            "tenant_id": tenant,
            "dimension": dimension,
            "cause": [f"{dimension} of {tenant}"],
        }
        for tenant in ("", "a", "b")
        for dimension in ("provider", "concept", "item", "tenant")
    ]
    await writer.write("raw_alerts", [placed(topics.ALERTS, one, offset) for offset, one in enumerate(said)])
    rows = database.query(ANOMALIES, parameters={"tenant": "b"}).named_results()
    shown = {(row["by_dimension"], *row["causes"]) for row in rows}
    own = {(dimension, f"{dimension} of b") for dimension in ("provider", "concept", "item", "tenant")}
    assert shown == {("provider", "provider of "), *own}
