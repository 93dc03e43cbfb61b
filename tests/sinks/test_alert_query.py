"""The query in an alert runs on the real engine and shows what the alert is about."""

import pytest
from clickhouse_connect.driver.client import Client

from agents.analytics.anomalies.query import query
from agents.profile.events import learning_event
from schemas import topics
from sinks.writer import Writer
from tests.agents.analytics.anomalies.windows import MINUTE, START, calls, window
from tests.agents.profile.given import attempt
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
