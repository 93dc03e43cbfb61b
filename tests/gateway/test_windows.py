"""What the analytics stage says of its partitions, added up for those who watch."""

import random
from typing import Any

import pytest

from agents.analytics.agent import stage
from config.settings import Settings
from gateway import windows
from gateway.figures import Figures
from gateway.windows import ALL, MOST_PARTIALS, MOST_WINDOWS, Wanted, Windows
from pipeline.delivery.record import Record
from schemas.codec import Event
from schemas.topics import AGGREGATES, ATTEMPTS, RESPONSES
from tests.agents.analytics.table import Table, arrivals
from tests.agents.analytics.test_agent import States
from tests.agents.context.events import MINUTE, NOON, attempt, response
from tests.cli.samples import sample

START = NOON // MINUTE * MINUTE
FRACTIONS = ("concept", "fractions")


def attempts(count: int, start: int = START) -> list[Event]:
    return [attempt(sent_at=start + n, concept_id="fractions", correct=n % 3 == 0) for n in range(count)]


def shown(taken: Windows, place: tuple[str, str] = FRACTIONS) -> dict[str, Any]:
    kind, dimension = place
    (only,) = taken.shown(Wanted(frozenset({kind}), frozenset({dimension})))
    return only


async def test_attempts_of_all_partitions_are_on_the_dashboard() -> None:
    records = [
        Record(ATTEMPTS.name, number % 3, number, b"", event, event["sent_at"])
        for number, event in enumerate(attempts(600))
    ]
    figures = Figures(lambda _: None)
    emitted = (await stage(Settings(_env_file=None)).handle(records, States())).emits
    for emit in emitted:
        assert emit.topic is AGGREGATES
        figures.aggregate(emit.event)
    assert {emit.event["source_partition"] for emit in emitted} == {0, 1, 2}
    found = figures.of("school").snapshot(0.0, ("aggregates",), Wanted(frozenset({"concept"})))["aggregates"]
    assert [(window["dimension"], window["partials"]) for window in found] == [("fractions", 3)]
    assert (found[0]["counts"]["attempts"], found[0]["counts"]["correct"]) == (600, 200)
    assert (found[0]["window_start"], found[0]["window_s"], found[0]["final"]) == (START, 60, False)
    everything = figures.of("school").snapshot(0.0, ("aggregates",))["aggregates"]
    assert {window["kind"] for window in everything} == {"concept", "tenant"}


async def test_a_clock_that_is_ahead_takes_nobodys_window_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.figures.now_seconds", lambda: START / 1e6 + 30)
    figures = Figures(lambda _: None)

    async def taken(partition: int, events: list[Event]) -> tuple[int, int]:
        records = [Record(ATTEMPTS.name, partition, n, b"", event, START) for n, event in enumerate(events)]
        for emit in (await stage(Settings(_env_file=None)).handle(records, States())).emits:
            figures.aggregate(emit.event)
        (window,) = figures.of("school").snapshot(0.0, ("aggregates",), Wanted(frozenset({"concept"})))["aggregates"]
        return window["window_start"], window["counts"]["attempts"]

    assert await taken(0, attempts(50)) == (START, 50)
    assert await taken(1, attempts(1, START + 3 * MINUTE)) == (START, 50)
    assert await taken(2, attempts(7)) == (START, 57)


def said(partition: int) -> list[Event]:
    """What one partition says of 20 replies in one minute, in four batches, until the minute is closed."""
    table = Table(partition=partition)
    replies = [response(n, sent_at=START + n, cost_usd=0.1 + partition / 7) for n in range(20)]
    records = arrivals("TutorResponse", RESPONSES.name, [*replies, response(20, sent_at=START + 10 * MINUTE)])
    for n in range(0, len(records), 5):
        table.run(records[n : n + 5], now=NOON + n * MINUTE)
    table.run([], now=NOON + 100 * MINUTE, tick=True)
    found = [event for event in table.said if event["kind"] == "tenant" and event["window_start"] == START]
    assert [event["final"] for event in found] == [False] * 4 + [True]
    return found


@pytest.mark.parametrize("seed", range(5))
def test_updates_and_finals_in_any_order_between_partitions_make_the_same_sums(seed: int) -> None:
    rng, taken = random.Random(seed), Windows()
    queues = [said(partition) for partition in range(4)]
    while any(queues):
        assert taken.take(rng.choice([queue for queue in queues if queue]).pop(0))
    found = shown(taken, ("tenant", "school"))
    assert (found["counts"]["responses"], found["partials"], found["final"]) == (80, 4, True)
    assert found["sums"]["cost_usd"] == pytest.approx(20 * sum(0.1 + partition / 7 for partition in range(4)))


def aggregate(partition: int, revision: int, **fields: Any) -> Event:
    kind, dimension = FRACTIONS
    return {
        **sample("Aggregate"),
        "kind": kind,
        "dimension": dimension,
        "window_start": START,
        "window_s": 60,
        "final": False,
        "revision": revision,
        "source_partition": partition,
        "counts": {"attempts": revision},
        "sums": {"cost_usd": revision / 10},
        "late": 1,
        **fields,
    }


def test_a_partition_s_newest_record_counts_once() -> None:
    taken = Windows()
    assert taken.take(aggregate(0, 2))
    assert not taken.take(aggregate(0, 2))
    assert not taken.take(aggregate(0, 1))
    assert taken.take(aggregate(5, 1, final=True))
    first = shown(taken)
    assert (first["counts"], first["sums"], first["late"]) == ({"attempts": 3}, {"cost_usd": 0.3}, 2)
    assert (first["revision"], first["partials"], first["final"]) == (3, 2, False)
    assert taken.take(aggregate(0, 3, final=True))
    assert (shown(taken)["counts"], shown(taken)["final"]) == ({"attempts": 4}, True)
    assert first["counts"] == {"attempts": 3}, "what was handed out stays as it was"


def test_the_latest_window_of_a_dimension_stays() -> None:
    taken = Windows()
    taken.take(aggregate(0, 1))
    taken.take(aggregate(1, 1))
    assert taken.take(aggregate(0, 1, window_start=START + MINUTE))
    assert not taken.take(aggregate(1, 2, final=True)), "the minute before"
    assert (shown(taken)["window_start"], shown(taken)["partials"]) == (START + MINUTE, 1)
    # Windows of another length are others.
    taken.take(aggregate(0, 7, window_s=3600))
    assert [window["window_s"] for window in taken.shown(ALL)] == [60, 3600]


def test_a_sum_that_is_no_number_is_passed_over() -> None:
    taken = Windows()
    assert taken.take(
        aggregate(0, 1, sums={"cost_usd": float("nan"), "provider_ms": float("inf"), "far": 1e300, "other": 0.5})
    )
    assert shown(taken)["sums"] == {"other": 0.5}


def test_what_is_kept_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = Windows()
    for number in range(MOST_WINDOWS + 5):
        taken.take(aggregate(0, 1, dimension=f"c{number}"))
    found = [window["dimension"] for window in taken.shown(ALL)]
    assert found == [f"c{number}" for number in range(5, MOST_WINDOWS + 5)]
    assert MOST_PARTIALS > MOST_WINDOWS
    monkeypatch.setattr(windows, "MOST_PARTIALS", 10)
    taken = Windows()
    for dimension in ("a", "b", "c"):
        for partition in range(4):
            taken.take(aggregate(partition, 1, dimension=dimension))
    assert [(window["dimension"], window["partials"]) for window in taken.shown(ALL)] == [("b", 4), ("c", 4)]
    # A minute that is over makes room.
    for partition in range(4):
        taken.take(aggregate(partition, 1, dimension="b", window_start=START + MINUTE))
        taken.take(aggregate(partition, 1, dimension="c", window_start=START + MINUTE))
    assert [(window["dimension"], window["partials"]) for window in taken.shown(ALL)] == [("b", 4), ("c", 4)]
    for partition in range(20):
        taken.take(aggregate(partition, 1, dimension="wide"))
    assert [(window["dimension"], window["partials"]) for window in taken.shown(ALL)] == [("wide", 20)]
