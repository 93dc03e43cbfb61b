"""The views count each event once, by the copy with the lowest offset: small inputs, expected rows, real engine."""

from typing import Any

import numpy as np
import pytest
from clickhouse_connect.driver.client import Client

from benchmarks.knowledge.scores import auc, ece, log_loss
from pipeline.delivery.record import Record
from schemas import topics
from sinks import tables
from sinks.columns import Table
from sinks.writer import Writer
from tests.sinks.records import START, event, identity, placed, record, rows
from tests.sinks.test_dead_letters import letter

pytestmark = pytest.mark.stack
MONTH = 31 * 24 * 3600 * 1_000_000


def copies(table: Table) -> list[Record]:
    """One record at offset 12, and copies of it at 7 and 30."""
    if table.topic is None:
        return [letter(offset=offset) for offset in (12, 7, 30)]
    body = event(table.topic.event, 1)
    return [placed(table.topic, body, offset) for offset in (12, 7, 30)]


@pytest.mark.parametrize("table", tables.ALL, ids=lambda table: table.name)
async def test_copies_collapse_to_the_lowest_offset(table: Table, database: Client, writer: Writer) -> None:
    view = table.name.replace("raw_", "fact_", 1)
    for one in copies(table):
        await writer.write(table.name, [one])
    assert rows(database, f"SELECT kafka_offset FROM {view}") == [(7,)]
    assert rows(database, f"SELECT count() FROM {view}") == [(1,)]


@pytest.mark.parametrize("table", tables.ALL, ids=lambda table: table.name)
async def test_merges_keep_the_lowest_offset(table: Table, database: Client, writer: Writer) -> None:
    for one in copies(table):
        await writer.write(table.name, [one])
    database.command(f"OPTIMIZE TABLE {table.name} FINAL")
    assert rows(database, f"SELECT kafka_offset FROM {table.name}") == [(7,)]


async def test_copies_that_differ_count_by_the_lowest_offset(database: Client, writer: Writer) -> None:
    first = event("TutorResponse", 1, text="first", sent_at=START)
    second = {**first, "text": "second", "sent_at": START + 3 * MONTH}
    await writer.write("raw_responses", [placed(topics.RESPONSES, second, 9)])
    await writer.write("raw_responses", [placed(topics.RESPONSES, first, 4)])
    assert rows(database, "SELECT text FROM fact_responses") == [("first",)]
    database.command("OPTIMIZE TABLE raw_responses FINAL")
    assert rows(database, "SELECT text FROM fact_responses") == [("first",)]
    assert rows(database, "SELECT count() FROM fact_responses WHERE text = 'second'") == [(0,)]


async def test_the_same_id_of_another_learner_is_another_event(database: Client, writer: Writer) -> None:
    body = event("Attempt", 1, learner_id="ann")
    await writer.write("raw_attempts", [placed(topics.ATTEMPTS, body, 1)])
    await writer.write("raw_attempts", [placed(topics.ATTEMPTS, {**body, "learner_id": "ben"}, 2)])
    assert rows(database, "SELECT learner_id FROM fact_attempts ORDER BY learner_id") == [("ann",), ("ben",)]


async def test_accuracy_per_concept_in_spite_of_copies(database: Client, writer: Writer) -> None:
    attempts = [record(topics.ATTEMPTS, n, concept_id=f"c{n % 2}", correct=n % 4 == 0) for n in range(40)]
    await writer.write("raw_attempts", attempts)
    await writer.write("raw_attempts", attempts[5:25])
    query = "SELECT concept_id, count(), avg(correct) FROM fact_attempts GROUP BY concept_id ORDER BY concept_id"
    assert rows(database, query) == [("c0", 20, 0.5), ("c1", 20, 0.0)]


async def test_a_learner_s_rows_are_found_by_the_primary_key(database: Client, writer: Writer) -> None:
    await writer.write("raw_attempts", [record(topics.ATTEMPTS, n) for n in range(10)])
    await writer.write("raw_profiles", [record(topics.PROFILES, n) for n in range(10)])
    for view in ("fact_attempts", "dim_learners"):
        plan = rows(
            database,
            f"EXPLAIN indexes = 1 SELECT * FROM {view} WHERE tenant_id = 'tenant' AND learner_id = 'learner-1'",
        )
        keys = "\n".join(line for (line,) in plan).partition("PrimaryKey")[2]
        assert "learner_id in ['learner-1', 'learner-1']" in keys


async def test_dim_learners_has_the_latest_snapshot(database: Client, writer: Writer) -> None:
    snapshots = [
        record(topics.PROFILES, n, learner_id=f"l{n % 2}", revision=n // 2, attempts=n, event_id=identity(n))
        for n in range(20)
    ]
    await writer.write("raw_profiles", snapshots[10:])
    await writer.write("raw_profiles", snapshots[:10])
    stale = {**snapshots[18].event, "attempts": 99}
    await writer.write("raw_profiles", [placed(topics.PROFILES, stale, 50)])
    query = "SELECT learner_id, revision, attempts, next_step_kind FROM dim_learners ORDER BY learner_id"
    assert rows(database, query) == [("l0", 9, 18, "next_step-18-kind"), ("l1", 9, 19, "next_step-19-kind")]


async def test_dim_learners_without_a_next_step(database: Client, writer: Writer) -> None:
    await writer.write("raw_profiles", [record(topics.PROFILES, 1, sparse=True)])
    assert rows(database, "SELECT next_step_kind, next_step_concept_id FROM dim_learners") == [("", "")]


async def test_responses_have_their_latencies(database: Client, writer: Writer) -> None:
    body = event("TutorResponse", 1, appended_at=START - 250_500, provider_ms=200.25)
    await writer.write("raw_responses", [placed(topics.RESPONSES, body, 0)])
    assert rows(database, "SELECT latency_ms, pipeline_ms FROM fact_responses") == [(250.5, 50.25)]


async def test_emotions_name_the_most_probable(database: Client, writer: Writer) -> None:
    scored = event("ScoredMessage", 1)
    states = {"bored": 0.4, "confused": 0.9}
    scored["emotion"].update(emotions={"joy": 0.2, "confusion": 0.7}, states=states, cant_tell=False)
    silent, unreadable = event("ScoredMessage", 2), event("ScoredMessage", 3)
    silent["emotion"].update(emotions={}, states={}, cant_tell=False)
    unreadable["emotion"].update(emotions={"neutral": 0.6}, states={"engaged": 0.2}, cant_tell=True)
    bodies = (scored, silent, unreadable)
    await writer.write("raw_emotions", [placed(topics.SCORED, body, n) for n, body in enumerate(bodies)])
    query = "SELECT top_emotion, top_state FROM fact_emotions ORDER BY kafka_offset"
    assert rows(database, query) == [("confusion", "confused"), ("", ""), ("", "")]
    assert {state for (state,) in rows(database, "SELECT state FROM fact_states")} == states.keys()


async def test_attempts_say_whether_an_answer_came(database: Client, writer: Writer) -> None:
    bodies = [event("Attempt", n, answer=answer) for n, answer in enumerate(("mean", None, ""))]
    await writer.write("raw_attempts", [placed(topics.ATTEMPTS, body, n) for n, body in enumerate(bodies)])
    query = "SELECT has_answer FROM fact_attempts ORDER BY kafka_offset"
    assert rows(database, query) == [(True,), (False,), (True,)]


async def test_fact_windows_has_one_row_a_window(database: Client, writer: Writer) -> None:
    def window(offset: int, revision: int, start: int = 0, final: bool = False, partition: int = 0) -> Record:
        body = event(
            "Aggregate",
            1,
            event_id=identity(offset),
            window_start=START + start,
            revision=revision,
            final=final,
            source_partition=partition,
            counts={"events": offset},
        )
        return placed(topics.AGGREGATES, body, offset)

    updates = [window(1, 1), window(2, 2), window(3, 3, final=True), window(4, 9, start=60)]
    await writer.write("raw_aggregates", updates)
    await writer.write("raw_aggregates", [window(5, 4)])
    query = "SELECT counts['events'], final FROM fact_windows ORDER BY window_start"
    assert rows(database, query) == [(3, True), (4, False)]
    assert rows(database, "SELECT count() FROM fact_aggregates") == [(5,)]


async def test_the_reply_cache_by_day_with_what_learners_say(database: Client, writer: Writer) -> None:
    hit = {"kind": "semantic", "scope": "tenant", "similarity": 0.9, "age_s": 60.0}
    replies = [
        record(topics.RESPONSES, 1, message_id=identity(1), source="PROVIDER", cache=None),
        record(topics.RESPONSES, 2, message_id=identity(2), source="CACHE", cache=hit),
        record(
            topics.RESPONSES, 3, message_id=identity(3), source="CACHE", cache=hit | {"kind": "exact", "age_s": 20.0}
        ),
        record(topics.RESPONSES, 4, message_id=identity(4), source="OFFLINE", cache=None),
    ]
    await writer.write("raw_responses", [*replies, *replies[1:2]])
    said = [
        record(topics.FEEDBACK, 1, message_id=identity(1), kind="HELPFUL", rating=None),
        record(topics.FEEDBACK, 2, message_id=identity(2), kind="CONFUSED", rating=None),
        record(topics.FEEDBACK, 3, message_id=identity(2), kind="CONFUSED", rating=1),
    ]
    await writer.write("raw_feedback", said)
    query = (
        "SELECT sum(replies), sum(hits), sum(paraphrases), sum(shared), sum(age_s * hits) / sum(hits), "
        "sum(hits_liked), sum(hits_disliked), sum(provider_liked), sum(provider_disliked) FROM agg_reply_cache"
    )
    assert rows(database, query) == [(4, 2, 1, 2, 40.0, 0, 1, 1, 0)]


async def test_a_day_without_hits_has_no_age_of_hits(database: Client, writer: Writer) -> None:
    hit = {"kind": "exact", "scope": "learner", "similarity": 1.0, "age_s": 60.0}
    replies = [
        record(topics.RESPONSES, 1, source="PROVIDER", cache=None),
        record(topics.RESPONSES, 2, source="CACHE", cache=hit, sent_at=START + 86_400_000_000),
    ]
    await writer.write("raw_responses", replies)
    assert rows(database, "SELECT hits, age_s FROM agg_reply_cache ORDER BY day") == [(0, None), (1, 60.0)]
    assert rows(database, "SELECT avg(age_s) FROM agg_reply_cache") == [(60.0,)]


def partial(offset: int, partition: int, revision: int, *, final: bool = False, minute: int = 0) -> Record:
    """A record of a concept's window of one partition, which counts as many attempts as its revision says."""
    body = event(
        "Aggregate",
        1,
        sparse=True,
        event_id=identity(1000 * minute + 100 * partition + 10 * revision + final),
        tenant_id="tenant",
        kind="concept",
        dimension="halves",
        window_start=START + minute * 60_000_000,
        window_s=60,
        revision=revision + final,
        final=final,
        source_partition=partition,
        counts={"events": revision, "attempts": revision, "correct": 1},
        sums={"cost_usd": 0.5},
        late=partition,
    )
    return placed(topics.AGGREGATES, body, offset, partition)


async def test_fact_windows_adds_partitions_up(database: Client, writer: Writer) -> None:
    await writer.write(
        "raw_aggregates",
        [
            partial(1, 0, 1),
            partial(2, 0, 3),
            partial(3, 0, 3, final=True),
            partial(4, 1, 5),
            partial(5, 2, 2, minute=1),
        ],
    )
    query = (
        "SELECT counts['attempts'], counts['correct'], sums['cost_usd'], late, partials, final "
        "FROM fact_windows ORDER BY window_start"
    )
    assert rows(database, query) == [(8, 2, 1.0, 1, 2, False), (2, 1, 0.5, 2, 1, False)]
    await writer.write("raw_aggregates", [partial(6, 1, 5, final=True)])
    assert rows(database, query)[0] == (8, 2, 1.0, 1, 2, True)


async def test_fact_final_windows_holds_each_final_record_once(database: Client, writer: Writer) -> None:
    finals = [partial(3, 0, 3, final=True), partial(4, 1, 5, final=True), partial(5, 1, 2, final=True, minute=1)]
    await writer.write("raw_aggregates", [partial(1, 0, 1), *finals])
    await writer.write("raw_aggregates", [placed(topics.AGGREGATES, finals[1].event, 9, 1), partial(10, 2, 7)])
    query = "SELECT source_partition, attempts, correct, cost_usd, kafka_offset FROM fact_final_windows ORDER BY ALL"
    assert rows(database, query) == [(0, 3, 1, 0.5, 3), (1, 2, 1, 0.5, 5), (1, 5, 1, 0.5, 4)]


async def test_what_followed_by_task_layer_and_weight(database: Client, writer: Writer) -> None:
    def reward(number: int, value: float, weight: float, components: dict[str, float]) -> Record:
        layers = {"memory": 0.25, "profile": 0.5}
        return record(
            topics.REWARDS,
            number,
            task="explain",
            value=value,
            components=components,
            layers=layers,
            layer_weights={"memory": weight, "profile": 1.0},
        )

    rewards = [
        reward(1, 0.5, 2.0, {"feedback": 0.5}),
        reward(2, 1.0, 2.0, {"outcome": 1.0}),
        reward(3, 0.0, 1.0, {"confusion_resolved": 0.0}),
        reward(4, -1.0, 1.0, {"cost": -1.0}),
    ]
    await writer.write("raw_rewards", [*rewards, *rewards[:2]])
    query = (
        "SELECT task, layer, weight, rewards, value, round(value_error, 4), token_share FROM agg_layers "
        "ORDER BY layer, weight"
    )
    assert rows(database, query) == [
        ("explain", "memory", 1.0, 1, 0.0, None, 0.25),
        ("explain", "memory", 2.0, 2, 0.75, 0.25, 0.25),
        ("explain", "profile", 1.0, 3, 0.5, 0.2887, 0.5),
    ]


async def test_the_scores_of_predictions_are_those_of_the_benchmarks(database: Client, writer: Writer) -> None:
    rng = np.random.default_rng(5)
    # Middles of the bins, so that binning changes nothing.
    p = (rng.integers(20, 180, 300) + 0.5) / 200
    y = (rng.random(300) < p).astype(float)
    day = 86_400_000_000
    made = []
    for number, (predicted, outcome) in enumerate(zip(p.tolist(), y.tolist(), strict=True)):
        known = {"kind": "attempt_predicted", "model": "m", "predicted": predicted, "outcome": outcome}
        at = START // day * day + (number // 100) * 20 * day
        made.append(event("LearningEvent", number, sent_at=at, event_id=identity(number), **known))
    goal = {"kind": "mastery_predicted", "model": "s", "predicted": 4.0, "outcome": 7.0}
    made.append(event("LearningEvent", 900, sent_at=START, event_id=identity(900), **goal))
    await writer.write("raw_learning_events", [placed(topics.LEARNING_EVENTS, one, k) for k, one in enumerate(made)])
    await writer.write("raw_learning_events", [placed(topics.LEARNING_EVENTS, made[3], 5000)])
    columns = "predictions, auc, log_loss, ece, running_predictions, running_auc, running_log_loss, running_ece"
    found = rows(database, f"SELECT {columns} FROM agg_model_scores WHERE kind = 'attempt_predicted' ORDER BY day")
    assert len(found) == 3
    for number, row in enumerate(found):
        one, last = slice(number * 100, number * 100 + 100), slice(max(number - 1, 0) * 100, number * 100 + 100)
        wanted = [f(y[s], p[s]) for s in (one, last) for f in (lambda a, b: len(a), auc, log_loss, binned)]
        assert row == pytest.approx(wanted, abs=1e-9)
    query = "SELECT predictions, mean_absolute_error, auc, running_ece FROM agg_model_scores WHERE model = 's'"
    assert rows(database, query) == [(1, 3.0, None, None)]
    query = "SELECT sum(predictions), sum(predictions * abs(rate - mean_predicted)) / 300 FROM agg_model_calibration"
    assert rows(database, query)[0] == pytest.approx((300, binned(y, p)))


async def test_every_prediction_that_is_scored_is_among_the_scores(database: Client, writer: Writer) -> None:
    kinds = [f"{one}_predicted" for one in ("attempt", "away_next_week", "giving_up", "mastery", "staying_away")]
    made = [
        record(topics.LEARNING_EVENTS, n, event_id=identity(n), kind=kind, model="m", predicted=0.25, outcome=1.0)
        for n, kind in enumerate([*kinds, "review_due"])
    ]
    await writer.write("raw_learning_events", [*made, *made])
    query = "SELECT kind, predictions, mean_absolute_error FROM agg_model_scores ORDER BY kind"
    assert rows(database, query) == [(kind, 1, 0.75) for kind in kinds]
    query = "SELECT kind, tenth, predictions, rate FROM agg_model_calibration ORDER BY kind"
    assert rows(database, query) == [(kind, 2, 1, 1.0) for kind in kinds if kind != "mastery_predicted"]


def binned(outcomes: Any, probabilities: Any) -> float:
    return ece(outcomes, probabilities, bins=10)
