"""The stream's windows and the views over the events themselves count the same."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from config.settings import Settings
from config.windows import load
from local.stack import Stack
from pipeline.delivery.record import Record
from schemas import codec, topics
from schemas.codec import Event
from sinks.client import connect
from sinks.migrate import FOLDER, migrate
from sinks.writer import Writer
from tests.agents.analytics.table import Arrival, Table
from tests.agents.context.events import MINUTE, NOON, SECOND, attempt, response
from tests.sinks.conftest import settings_for
from tests.sinks.records import event, identity, placed, rows, twice

pytestmark = pytest.mark.stack
PARTITIONS = 3
OUTCOMES = ("ok", "timeout", "cancelled", "open", "skipped")
OF_EVENTS = """
SELECT provider, minute, sum(calls), sum(ok), sum(replies), sum(tokens), round(sum(usd), 9) FROM (
    SELECT called_provider AS provider, toStartOfMinute(sent_at) AS minute, 1 AS calls, outcome = 'ok' AS ok,
           0 AS replies, 0 AS tokens, 0 AS usd
    FROM fact_calls
    UNION ALL
    SELECT provider, toStartOfMinute(sent_at), 0, 0, 1, prompt_tokens + completion_tokens, toFloat64(cost_usd)
    FROM fact_responses WHERE source = 'PROVIDER'
)
GROUP BY ALL ORDER BY ALL"""
OF_WINDOWS = """
SELECT dimension, window_start, sum(w.calls), sum(w.calls_ok), sum(w.responses),
       sum(w.prompt_tokens + w.completion_tokens), round(sum(w.cost_usd), 9)
FROM fact_final_windows AS w WHERE kind = 'provider'
GROUP BY ALL HAVING sum(w.calls) + sum(w.responses) > 0 ORDER BY ALL"""
TRIES = "SELECT countIf(one.outcome IN ('open', 'skipped')), count() FROM fact_responses ARRAY JOIN tries AS one"


def replies(random: Random, many: int) -> list[Event]:
    """Replies over ten minutes, around midnight, some of them to messages that nobody could be asked about."""
    made = []
    for number in range(many):
        tried = [
            {"provider": random.choice("abc"), "model": "m", "outcome": random.choice(OUTCOMES), "error": None}
            for _ in range(random.randrange(4))
        ]
        good = [one["provider"] for one in tried if one["outcome"] == "ok"]
        fields: dict[str, Any] = {
            "event_id": identity(number),
            "sent_at": NOON // (1440 * MINUTE) * 1440 * MINUTE - 5 * MINUTE + number * 10 * MINUTE // many,
            "source": "PROVIDER" if good else "OFFLINE",
            "provider": good[-1] if good else "offline",
            "tries": [{**one, "elapsed_ms": 5.0} for one in tried],
            "cost_usd": round(random.random() / 1000, 6) if good else 0.0,
            "template_version": random.choice(("t-1", "t-2")),
            "concepts": random.sample(("halves", "thirds"), random.randrange(3)),
        }
        # Through the codec, which puts in the fields that have a default.
        made.append(codec.decode("TutorResponse", codec.encode("TutorResponse", response(number, **fields))))
    return made


def attempts(random: Random, many: int) -> list[Event]:
    """Attempts in the same minutes."""
    return [
        attempt(
            event_id=identity(10_000 + number),
            sent_at=NOON // (1440 * MINUTE) * 1440 * MINUTE - 5 * MINUTE + number * 10 * MINUTE // many,
            concept_id=random.choice(("halves", "thirds")),
            correct=random.random() < 0.5,
            hints_used=random.randrange(3),
        )
        for number in range(many)
    ]


def windowed(records: list[Record], names: dict[str, str]) -> list[Event]:
    """What the analytics stage says of the records, each partition by itself, with every record read twice."""
    said = []
    for partition in range(PARTITIONS):
        table = Table(load(), partition)
        mine = [
            Arrival(names[one.topic], one.topic, one.offset, one.event, one.event["sent_at"] + SECOND)
            for one in sorted(records, key=lambda one: one.event["sent_at"])
            if one.partition == partition
        ]
        for batch in (mine[: len(mine) // 2], mine[len(mine) // 4 :]):
            table.run(batch, now=NOON)
        table.run([], now=NOON + 1440 * MINUTE, tick=True)
        said += [one for one in table.said if one["kind"] != "item"]
    return said


async def test_windows_count_what_the_views_count(database: Client, writer: Writer) -> None:
    random = Random(3)
    answered = [
        placed(topics.RESPONSES, one, place, place % PARTITIONS) for place, one in enumerate(replies(random, 300))
    ]
    tried = [placed(topics.ATTEMPTS, one, place, place % PARTITIONS) for place, one in enumerate(attempts(random, 300))]
    said = windowed(answered + tried, {topics.RESPONSES.name: "TutorResponse", topics.ATTEMPTS.name: "Attempt"})
    for table, records in (("raw_responses", answered), ("raw_attempts", tried)):
        for batch in twice(records):
            await writer.write(table, batch)
    aggregates = [placed(topics.AGGREGATES, one, place) for place, one in enumerate(said)]
    for batch in twice(aggregates):
        await writer.write("raw_aggregates", batch)

    of_events = rows(database, OF_EVENTS)
    assert rows(database, OF_WINDOWS) == of_events
    assert len({row[1] for row in of_events}) == 10, "five minutes before midnight and five after"
    ((not_called, tries),) = rows(database, TRIES)
    ((calls,),) = rows(database, "SELECT count() FROM fact_calls")
    assert calls + not_called == tries
    for kind in ("provider", "version"):
        query = f"SELECT sum(w.calls), sum(w.not_called) FROM fact_final_windows AS w WHERE kind = '{kind}'"
        assert rows(database, query) == [(calls, not_called)]
        query = (
            "SELECT sum(counts['calls']), sum(counts['not_called_open'] + counts['not_called_skipped']) "
            f"FROM fact_windows WHERE kind = '{kind}'"
        )
        assert rows(database, query) == [(calls, not_called)]
    by_concept = "GROUP BY ALL ORDER BY ALL"
    assert rows(
        database,
        "SELECT dimension, window_start, sum(w.attempts), sum(w.correct), sum(w.hints) FROM fact_final_windows AS w "
        f"WHERE kind = 'concept' AND w.attempts > 0 {by_concept}",
    ) == rows(
        database,
        "SELECT concept_id, toStartOfMinute(sent_at), count(), countIf(correct), sum(hints_used) FROM fact_attempts "
        + by_concept,
    )


async def test_windows_of_before_count_no_more_calls_than_were_made(stack: Stack, tmp_path: Path) -> None:
    def old(number: int) -> Record:
        counts = {"events": 4, "calls": 9, "calls_ok": 3, "calls_timeout": 1, "calls_open": 3, "calls_skipped": 2}
        fields = {"kind": "provider", "dimension": "a", "final": True, "counts": counts, "sums": {"cost_usd": 0.25}}
        return placed(topics.AGGREGATES, event("Aggregate", number, sparse=True, tenant_id="t", **fields), number)

    for path in sorted(FOLDER.glob("*.sql")):
        if path.name < "0034":
            (tmp_path / path.name).write_text(path.read_text())
    settings: Settings = settings_for(stack)
    client = connect(settings)
    try:
        migrate(client, settings, tmp_path)
        writer = Writer(settings)
        await writer.write("raw_aggregates", [old(1)])
        migrate(client, settings)
        # Workers that are not replaced yet.
        await writer.write("raw_aggregates", [old(2)])
        await writer.close()
        client.database = settings.clickhouse_database
        query = "SELECT calls, calls_ok, not_called, cost_usd, kafka_offset FROM fact_final_windows ORDER BY ALL"
        assert rows(client, query) == [(4, 3, 5, 0.25, 1), (4, 3, 5, 0.25, 2)]
    finally:
        client.command(f"DROP DATABASE IF EXISTS {settings.clickhouse_database}")
        client.close()
