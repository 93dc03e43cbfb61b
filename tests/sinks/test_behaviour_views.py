"""Patterns and paths: small inputs, expected rows, real engine."""

import pytest
from clickhouse_connect.driver.client import Client

from pipeline.delivery.record import Record
from schemas import topics
from sinks.writer import Writer
from tests.sinks.records import START, event, identity, placed, rows

pytestmark = pytest.mark.stack
MINUTE = 60_000_000


def attempt(number: int, mark: str, minute: int, learner: str = "ann", concept: str = "c1") -> Record:
    body = event("Attempt", number) | {
        "event_id": identity(number),
        "tenant_id": "school",
        "learner_id": learner,
        "concept_id": concept,
        "correct": mark != "W",
        "hints_used": int(mark == "H"),
        "sent_at": START + minute * MINUTE,
    }
    return placed(topics.ATTEMPTS, body, number)


def learned(number: int, kind: str, minute: int, learner: str = "ann", concept: str | None = "c1") -> Record:
    body = event("LearningEvent", number) | {
        "event_id": identity(1000 + number),
        "tenant_id": "school",
        "learner_id": learner,
        "kind": kind,
        "concept_id": concept,
        "sent_at": START + minute * MINUTE,
    }
    return placed(topics.LEARNING_EVENTS, body, number)


async def test_paths_before_mastery_and_before_leaving_in_spite_of_copies(database: Client, writer: Writer) -> None:
    tried = [attempt(n, mark, n) for n, mark in enumerate("WWHRRRR")]
    # After the mastery, and after a pause of an hour.
    tried.append(attempt(7, "W", 70))
    tried += [attempt(10 + n, mark, n, "ben", "c2") for n, mark in enumerate("RW")]
    await writer.write("raw_attempts", tried)
    await writer.write("raw_attempts", tried[3:])
    await writer.write("raw_learning_events", [learned(0, "concept_mastered", 6), learned(0, "concept_mastered", 6)])
    query = "SELECT tenant_id, concept_id, path, masteries, learners FROM agg_paths_before_mastery"
    assert rows(database, query) == [("school", "c1", "HRRRR", 1, 1)]
    query = "SELECT path, sittings, learners FROM agg_paths_before_leaving ORDER BY path"
    assert rows(database, query) == [("HRRRR", 1, 1), ("RW", 1, 1), ("W", 1, 1)]


async def test_each_learner_s_patterns_are_counted_once(database: Client, writer: Writer) -> None:
    found = [learned(n, "attempt_predicted", n) for n in range(4)]
    found += [learned(4, "rapid_guess", 1), learned(5, "wheel_spinning", 2), learned(6, "fading", 3, concept=None)]
    found.append(learned(7, "help_abuse", 3, "ben"))
    await writer.write("raw_learning_events", found)
    await writer.write("raw_learning_events", found[2:6])
    query = "SELECT kind FROM fact_patterns ORDER BY kind"
    assert rows(database, query) == [("fading",), ("help_abuse",), ("rapid_guess",), ("wheel_spinning",)]
    query = (
        "SELECT learner_id, attempts, rapid_guesses, rapid_share, help_abuses, wheels_spun, struggles_won, fadings "
        "FROM agg_learner_patterns ORDER BY learner_id"
    )
    assert rows(database, query) == [("ann", 4, 1, 0.25, 0, 1, 0, 1), ("ben", 0, 0, 0.0, 1, 0, 0, 0)]
