"""Facts and dimensions over the deduplicated views: small inputs with copies, expected rows, real engine."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from pipeline.delivery.record import Record
from schemas import topics
from sinks import tables
from sinks.writer import Writer
from tests.sinks.records import START, event, identity, placed, rows, twice

pytestmark = pytest.mark.stack
AT = datetime(2015, 12, 13, 9, 46, 40)
SECOND = 1_000_000


def attempt(
    number: int, learner: str, item: str, correct: bool, ms: int | None, hints: int = 0, session: int = 1
) -> Record:
    body = event(
        "Attempt",
        number,
        sparse=True,
        event_id=identity(number),
        learner_id=learner,
        session_id=identity(1000 + session),
        course_id="statistics",
        sent_at=START + number * SECOND,
        concept_id=item.partition("/")[0],
        item_id=item,
        correct=correct,
        duration_ms=ms,
        hints_used=hints,
    )
    return placed(topics.ATTEMPTS, body, number)


async def test_dimensions_of_attempts_and_messages(database: Client, writer: Writer) -> None:
    tried = [
        attempt(1, "ann", "mean/1", True, 3000, hints=1),
        attempt(2, "ann", "mean/2", False, 9000),
        attempt(3, "ben", "mean/1", False, 5000, session=2),
        attempt(4, "ben", "mode/1", True, None, session=2),
    ]
    wrote = event(
        "LearnerMessage",
        9,
        sparse=True,
        learner_id="ann",
        session_id=identity(1001),
        course_id="statistics",
        sent_at=START + 9 * SECOND,
    )
    for batch in twice(tried):
        await writer.write("raw_attempts", batch)
    for batch in twice([placed(topics.MESSAGES, wrote, 1)]):
        await writer.write("raw_messages", batch)
    second = {n: AT.replace(second=40 + n) for n in range(10)}
    assert rows(database, "SELECT * EXCEPT tenant_id FROM dim_concepts ORDER BY concept_id") == [
        ("mean", 2, 2, 3, 1, 1 / 3, 5000, 1 / 3, second[1], second[3]),
        ("mode", 1, 1, 1, 1, 1.0, None, 0.0, second[4], second[4]),
    ]
    assert rows(database, "SELECT * EXCEPT tenant_id FROM dim_items ORDER BY item_id") == [
        ("mean/1", "mean", 2, 2, 1, 0.5, 3000, 0.5, second[1], second[3]),
        ("mean/2", "mean", 1, 1, 0, 0.0, 9000, 0.0, second[2], second[2]),
        ("mode/1", "mode", 1, 1, 1, 1.0, None, 0.0, second[4], second[4]),
    ]
    assert rows(database, "SELECT * EXCEPT tenant_id FROM dim_courses") == [
        ("statistics", 2, 1, 4, 2, second[1], second[9])
    ]
    query = "SELECT * EXCEPT (tenant_id, session_id) FROM dim_sessions ORDER BY learner_id"
    assert rows(database, query) == [
        ("ann", "statistics", second[1], second[9], 8, 1, 2, 1),
        ("ben", "statistics", second[3], second[4], 1, 0, 2, 1),
    ]


async def test_calls_and_providers(database: Client, writer: Writer) -> None:
    def call(provider: str, outcome: str, ms: float) -> dict[str, Any]:
        error = None if outcome == "ok" else outcome
        return {"provider": provider, "model": f"{provider}-1", "outcome": outcome, "error": error, "elapsed_ms": ms}

    fallen_back = event(
        "TutorResponse", 1, source="PROVIDER", provider="b", tries=[call("a", "timeout", 900), call("b", "ok", 200)]
    )
    offline = event("TutorResponse", 2, source="OFFLINE", tries=[call("a", "refused", 5)])
    records = [placed(topics.RESPONSES, body, offset) for offset, body in enumerate((fallen_back, offline))]
    for batch in twice(records):
        await writer.write("raw_responses", batch)
    query = (
        "SELECT call_number, called_provider, outcome, error, elapsed_ms, answered FROM fact_calls "
        "ORDER BY sent_at, call_number"
    )
    assert rows(database, query) == [
        (1, "a", "timeout", "timeout", 900.0, False),
        (2, "b", "ok", None, 200.0, True),
        (1, "a", "refused", "refused", 5.0, False),
    ]
    query = "SELECT provider, models, calls, failed, replies, median_ms FROM dim_providers ORDER BY provider"
    first, second = rows(database, query)
    assert first[:5] == ("a", ["a-1"], 2, 2, 0)
    assert second == ("b", ["b-1"], 1, 0, 1, 200.0)


async def test_what_was_not_called_is_no_call_and_one_given_up_is_no_answer(database: Client, writer: Writer) -> None:
    def tried(provider: str, outcome: str, ms: float) -> dict[str, Any]:
        return {"provider": provider, "model": "m", "outcome": outcome, "error": None, "elapsed_ms": ms}

    hedged = event(
        "TutorResponse",
        1,
        source="PROVIDER",
        provider="c",
        tries=[
            tried("a", "open", 0.0),
            tried("b", "skipped", 0.0),
            # Whole, but too late: the learner heard the other one.
            tried("d", "ok", 300.0),
            tried("c", "ok", 200.0),
            tried("d", "cancelled", 90.0),
        ],
    )
    late = event("TutorResponse", 2, source="CACHE", provider="cache", tries=[tried("a", "open", 0.0)])
    records = [placed(topics.RESPONSES, body, offset) for offset, body in enumerate((hedged, late))]
    for batch in twice(records):
        await writer.write("raw_responses", batch)
    query = "SELECT call_number, called_provider, outcome, answered FROM fact_calls ORDER BY call_number"
    assert rows(database, query) == [(1, "d", "ok", False), (2, "c", "ok", True), (3, "d", "cancelled", False)]
    query = "SELECT provider, calls, failed, given_up, replies, median_ms FROM dim_providers ORDER BY provider"
    assert rows(database, query) == [("c", 1, 0, 0, 1, 200.0), ("d", 2, 0, 1, 0, 300.0)]


async def test_facts_of_learning_events(database: Client, writer: Writer) -> None:
    kinds = ("attempt_predicted", "concept_mastered", "concept_lost", "review_due")
    records = [
        placed(
            topics.LEARNING_EVENTS,
            event("LearningEvent", n, event_id=identity(n), kind=kind, concept_id="c", predicted=0.75, outcome=1.0),
            n,
        )
        for n, kind in enumerate(kinds)
    ]
    for batch in twice(records):
        await writer.write("raw_learning_events", batch)
    query = "SELECT concept_id, predicted, outcome, squared_error FROM fact_expectations"
    assert rows(database, query) == [("c", 0.75, 1.0, 0.0625)]
    assert rows(database, "SELECT concept_id, gained FROM fact_mastery ORDER BY gained") == [("c", False), ("c", True)]


async def test_states_and_what_is_known_by_concept(database: Client, writer: Writer) -> None:
    scored = event("ScoredMessage", 1)
    scored["emotion"].update(states={"bored": 0.25, "confused": 0.5}, cant_tell=False)
    for batch in twice([placed(topics.SCORED, scored, 1)]):
        await writer.write("raw_emotions", batch)
    query = "SELECT state, probability FROM fact_states ORDER BY state"
    assert rows(database, query) == [("bored", 0.25), ("confused", 0.5)]
    snapshots = [
        placed(topics.PROFILES, event("LearnerProfile", n, learner_id="ann", event_id=identity(n), revision=n), n)
        for n in (1, 2)
    ]
    for number, concept in enumerate(snapshots[0].event["concepts"]):
        concept["concept_id"] = snapshots[1].event["concepts"][number]["concept_id"]
    for batch in twice(snapshots):
        await writer.write("raw_profiles", batch)
    latest = snapshots[1].event["concepts"]
    query = "SELECT concept_id, attempts, p_correct, mastered FROM dim_learner_concepts ORDER BY concept_id"
    assert rows(database, query) == [
        (concept["concept_id"], concept["attempts"], concept["p_correct"], concept["mastered"]) for concept in latest
    ]


async def test_every_view_has_a_test(database: Client) -> None:
    root = Path(__file__).parents[1]
    text = "".join(path.read_text() for path in root.rglob("test_*.py"))
    views = rows(
        database, "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View' ORDER BY name"
    )
    # Those over one raw table share a test, which goes through all tables.
    shared = {table.name.replace("raw_", "fact_", 1) for table in tables.ALL}
    assert [name for (name,) in views if name not in shared and name not in text] == []
