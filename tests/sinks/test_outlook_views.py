"""What is to come of a class, and how that turned out: small inputs with copies, expected rows, real engine."""

import time
from datetime import date
from math import sqrt

import pytest
from clickhouse_connect.driver.client import Client

from gateway.ahead import AT_RISK
from pipeline.delivery.record import Record
from schemas import topics
from sinks.writer import Writer
from tests.docs.test_grafana import PANELS, written_out
from tests.sinks.records import START, event, identity, placed, rows, twice

pytestmark = pytest.mark.stack
DAY = 86_400_000_000


async def test_each_concept_of_a_class_with_what_its_learners_would_get_right(database: Client, writer: Writer) -> None:
    def known(number: int, learner: str, p_correct: float, mastered: bool) -> Record:
        body = event("LearnerProfile", number, learner_id=learner, event_id=identity(number), revision=number)
        (concept, *_) = body["concepts"]
        body["concepts"] = [
            {**concept, "concept_id": "mean", "p_correct": p_correct, "mastered": mastered, "due_at": None}
        ]
        return placed(topics.PROFILES, body, number)

    for batch in twice([known(1, "ann", 0.9, True), known(2, "ben", 0.5, False)]):
        await writer.write("raw_profiles", batch)
    query = "SELECT * EXCEPT tenant_id FROM agg_concept_outlook"
    half = 1.96 * sqrt(0.9 * 0.1 + 0.5 * 0.5) / 2
    assert rows(database, query) == [
        ("mean", 2, 1, 0, pytest.approx(0.7), pytest.approx(half), pytest.approx(0.7 - half), 1.0)
    ]


async def test_a_concept_that_the_latest_snapshot_no_longer_shows_is_still_known(
    database: Client, writer: Writer
) -> None:
    def shown(number: int, learner: str, **p_correct: float) -> Record:
        body = event("LearnerProfile", number, learner_id=learner, event_id=identity(number), revision=number)
        (concept, *_) = body["concepts"]
        body["concepts"] = [
            {**concept, "concept_id": name, "p_correct": p, "mastered": False, "due_at": START}
            for name, p in p_correct.items()
        ]
        return placed(topics.PROFILES, body, number)

    snapshots = [
        shown(1, "ann", mean=0.5),
        shown(2, "ann", mode=0.6, mean=0.75),
        shown(3, "ann", mode=0.7),
        shown(4, "ben", mean=0.25),
        shown(5, "ann"),
    ]
    for batch in twice(snapshots[::-1]):
        await writer.write("raw_profiles", batch)
    query = "SELECT learner_id, concept_id, p_correct FROM dim_learner_concepts ORDER BY learner_id, concept_id"
    assert rows(database, query) == [("ann", "mean", 0.75), ("ann", "mode", 0.7), ("ben", "mean", 0.25)]
    assert rows(database, f"SELECT * FROM ({query}) WHERE concept_id = 'mean' AND learner_id = 'ann'")
    query = "SELECT concept_id, learners, due_now, next_right FROM agg_concept_outlook ORDER BY concept_id"
    assert rows(database, query) == [("mean", 2, 2, 0.5), ("mode", 1, 1, 0.7)]


async def test_what_was_expected_on_a_day_is_held_against_what_came(database: Client, writer: Writer) -> None:
    def expected(number: int, concept: str, predicted: float, outcome: float, day: int) -> Record:
        body = event(
            "LearningEvent",
            number,
            event_id=identity(number),
            kind="attempt_predicted",
            concept_id=concept,
            predicted=predicted,
            outcome=outcome,
            sent_at=START + day * DAY,
        )
        return placed(topics.LEARNING_EVENTS, body, number)

    as_expected = [expected(n, "mean", 0.75, float(n % 4 > 0), 0) for n in range(1, 9)]
    all_wrong = [expected(n, "mean", 0.75, 0.0, 1) for n in range(11, 19)]
    other = [expected(21, "mode", 0.5, 1.0, 0)]
    for batch in twice(as_expected + all_wrong + other):
        await writer.write("raw_learning_events", batch)
    query = "SELECT * EXCEPT tenant_id FROM agg_concept_outlook_scores ORDER BY concept_id, day"
    half = pytest.approx(1.96 * sqrt(8 * 0.75 * 0.25) / 8)
    assert rows(database, query) == [
        ("mean", date(2015, 12, 13), 8, 0.75, 0.75, half, True),
        ("mean", date(2015, 12, 14), 8, 0.75, 0.0, half, False),
        ("mode", date(2015, 12, 13), 1, 0.5, 1.0, pytest.approx(0.98), True),
    ]


async def test_a_risk_whose_time_is_over_is_shown_no_more(database: Client, writer: Writer) -> None:
    now = time.time_ns() // 1000

    def standing(number: int, learner: str, minutes_ago: int) -> Record:
        body = event("LearnerProfile", number, learner_id=learner, event_id=identity(number), revision=number)
        (prediction, *_) = body["predictions"]
        horizons = {"giving_up": 1800.0, "staying_away": 604_800.0}
        body["predictions"] = [{**prediction, "name": name, "horizon_s": h} for name, h in horizons.items()]
        return placed(topics.PROFILES, {**body, "sent_at": now - minutes_ago * 60_000_000}, number)

    records = [standing(1, "here", 5), standing(2, "gone", 24 * 60), standing(3, "long gone", 90 * 24 * 60)]
    await writer.write("raw_profiles", records)
    (panel,) = (sql for panel, sql in (one.values for one in PANELS) if panel["title"] == "Learners at risk")
    panel = written_out(panel).replace("'another'", "'tenant'")
    for found in (rows(database, panel), database.query(AT_RISK, parameters={"tenant": "tenant"}).named_results()):
        shown = [(row["learner_id"], row["risk"]) if isinstance(row, dict) else (row[1], row[2]) for row in found]
        assert sorted(shown) == [("gone", "staying_away"), ("here", "giving_up"), ("here", "staying_away")]
