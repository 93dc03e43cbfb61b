"""Experiments: assignments, what followed them, and effects equal to those in Python; on the real engine."""

import random

import pytest
from clickhouse_connect.driver.client import Client

from agents.analytics.effects import Arm, effect
from pipeline.delivery.record import Record
from schemas import topics
from sinks.writer import Writer
from tests.sinks.records import START, event, identity, placed, rows

pytestmark = pytest.mark.stack
HOUR = 3_600_000_000


def common(number: int, learner: int, hours: float) -> dict[str, object]:
    return {
        "event_id": identity(number),
        "tenant_id": "school",
        "learner_id": f"l{learner}",
        "sent_at": START + int(hours * HOUR),
    }


def assigned(number: int, learner: int, *, treated: bool) -> tuple[str, Record]:
    if treated:
        body = event("Intervention", number) | common(number, learner, 0.0)
        body |= {"kind": "next_step_changed", "experiment": "notice", "arm": "treated"}
        return "raw_interventions", placed(topics.INTERVENTIONS, body, number)
    body = event("LearningEvent", number) | common(number, learner, 0.0)
    detail = {"experiment": "notice", "arm": "held_out", "intervention": "next_step_changed"}
    body |= {"kind": "intervention_withheld", "detail": detail}
    return "raw_learning_events", placed(topics.LEARNING_EVENTS, body, number)


def attempt(number: int, learner: int, hours: float, *, correct: bool) -> Record:
    body = event("Attempt", number) | common(number, learner, hours) | {"correct": correct}
    return placed(topics.ATTEMPTS, body, number)


async def test_effects_are_those_of_the_learners_means(database: Client, writer: Writer) -> None:
    rng = random.Random(4)
    shares: dict[bool, list[float]] = {True: [], False: []}
    records: dict[str, list[Record]] = {"raw_attempts": [], "raw_interventions": [], "raw_learning_events": []}
    for learner in range(60):
        treated = learner % 2 == 0
        table, record = assigned(10_000 + learner, learner, treated=treated)
        records[table].append(record)
        outcomes = [rng.random() < (0.9 if treated else 0.3) for _ in range(8)]
        shares[treated].append(sum(outcomes) / 8)
        for place, correct in enumerate(outcomes):
            records["raw_attempts"].append(attempt(100 * learner + place, learner, 0.1 + place / 20, correct=correct))
        # Before it, and long after it: these do not count for the share.
        records["raw_attempts"].append(attempt(100 * learner + 50, learner, -2.0, correct=False))
        if learner < 30:
            records["raw_attempts"].append(attempt(100 * learner + 51, learner, 48.0, correct=False))
    for table, written in records.items():
        await writer.write(table, written)
        await writer.write(table, written[:7])
    query = "SELECT arm, intervention, count() FROM fact_assignments GROUP BY arm, intervention ORDER BY arm"
    assert rows(database, query) == [("held_out", "next_step_changed", 30), ("treated", "next_step_changed", 30)]
    query = "SELECT arm, learners, total FROM agg_experiment_arms WHERE outcome = 'came_back' ORDER BY arm"
    assert rows(database, query) == [("held_out", 30, 15.0), ("treated", 30, 15.0)]
    arms = [Arm(len(one), sum(one), sum(x * x for x in one)) for one in (shares[True], shares[False])]
    expected = effect(*arms)
    assert expected is not None
    query = "SELECT effect, low, high FROM agg_experiment_effects WHERE outcome = 'right_share'"
    [found] = rows(database, query)
    assert found == pytest.approx((expected.effect, expected.low, expected.high))
    assert found[1] > 0.0


async def test_two_interventions_of_one_instant_are_two(database: Client, writer: Writer) -> None:
    sent = [assigned(number, 1, treated=True)[1] for number in (1, 2)]
    withheld = [assigned(number, 2, treated=False)[1] for number in (3, 4)]
    await writer.write("raw_interventions", [*sent, *sent])
    await writer.write("raw_learning_events", withheld)
    query = "SELECT arm, interventions, attempts_after, came_back FROM agg_experiment_learners ORDER BY arm"
    assert rows(database, query) == [("held_out", 2, 0, False), ("treated", 2, 0, False)]
    query = "SELECT outcome, arm, learners FROM agg_experiment_arms ORDER BY arm"
    assert rows(database, query) == [("came_back", "held_out", 1), ("came_back", "treated", 1)]


async def test_interventions_without_an_experiment_are_no_assignments(database: Client, writer: Writer) -> None:
    body = event("Intervention", 1) | {"experiment": None, "arm": None}
    await writer.write("raw_interventions", [placed(topics.INTERVENTIONS, body, 1)])
    assert rows(database, "SELECT count() FROM fact_assignments") == [(0,)]
    assert rows(database, "SELECT count() FROM agg_experiment_effects") == [(0,)]
