import random
from collections import Counter
from typing import Any

import pytest

from agents.analytics import distinct, index, quantiles
from agents.analytics.anomalies.detector import Detector
from agents.analytics.anomalies.items import ItemWatch
from agents.analytics.measures import OTHERS
from agents.profile.events import learning_event
from config.windows import Span, WindowRules
from schemas.codec import Event
from tests.agents.analytics.table import RULES, Arrival, Table, arrivals
from tests.agents.context.events import MINUTE, NOON, SECOND, attempt, response

START = NOON // MINUTE * MINUTE
DAY = 24 * 60 * MINUTE


def at(seconds: float, **fields: Any) -> Event:
    return attempt(sent_at=START + round(seconds * SECOND), **fields)


def attempts(*seconds: float) -> list[Arrival]:
    return arrivals("Attempt", "attempts", [at(second) for second in seconds])


def test_counts_by_minute_and_closes_after_the_grace_period() -> None:
    table = Table()
    table.run(attempts(0, 10, 59.9, 60, 61))
    assert table.finals() == {}
    later = arrivals("Attempt", "attempts", [at(179.9), at(180)])
    table.run([Arrival(one.name, one.topic, 5 + n, one.event, one.appended_at) for n, one in enumerate(later)])
    finals = table.finals()
    assert set(finals) == {("concept", "fractions", START), ("tenant", "school", START)}
    final = finals["concept", "fractions", START]
    assert final["counts"] == {"events": 3, "attempts": 3, "correct": 3, "hints": 0}
    assert (final["window_s"], final["tenant_id"], final["source_partition"]) == (60, "school", 3)
    assert distinct.estimate(distinct.loads(final["sketches"]["learners"])) == 1
    assert quantiles.quantile(quantiles.loads(final["sketches"]["duration_ms"]), 0.5) == pytest.approx(4000, rel=0.02)


def test_a_final_outranks_every_update_of_its_window() -> None:
    table = Table()
    for n, one in enumerate(attempts(0, 1, 2, 200)):
        table.run([one], now=NOON + n * 10 * SECOND)
    told = [event for event in table.said if event["kind"] == "tenant" and event["window_start"] == START]
    assert [event["final"] for event in told] == [False, False, False, True]
    revisions = [event["revision"] for event in told]
    assert revisions == sorted(set(revisions))
    assert len({event["event_id"] for event in told}) == len(told)


def test_an_item_is_told_when_its_window_closes_and_not_before() -> None:
    tries = [at(second) for second in (0, 200)]
    said = [learning_event(one, "attempt_predicted", item="f1", predicted=0.7, outcome=1.0) for one in tries]
    table = Table(rules=RULES.model_copy(update={"spans": (Span(seconds=60, kinds=("item",)),)}))
    for n, one in enumerate(arrivals("LearningEvent", "learning", said)):
        table.run([one], now=NOON + n * 10 * SECOND)
    assert [(event["kind"], event["final"]) for event in table.said] == [("item", True)]


def test_updates_are_rationed_and_none_is_forgotten() -> None:
    table = Table()
    first, *rest = attempts(*range(6))
    assert len(table.run([first], now=NOON)) == 2
    for one in rest:
        assert table.run([one], now=NOON + 100) == []
    told = table.run([], now=NOON + 2 * SECOND, tick=True)
    assert {event["counts"]["attempts"] for event in told} == {6}
    assert table.run([], now=NOON + 5 * SECOND, tick=True) == []
    eager = Table(rules=RULES.model_copy(update={"update_records": 3}))
    eager.run(attempts(0), now=NOON)
    assert eager.run(attempts(0, 1, 2), now=NOON) == []
    assert {event["counts"]["attempts"] for event in eager.run(attempts(0, 1, 2, 3), now=NOON)} == {4}


def test_late_records_are_counted_as_late_and_nowhere_else() -> None:
    table = Table()
    table.run(attempts(0, 200, 5))
    table.run([Arrival("Attempt", "attempts", 3, at(400), START + 400 * SECOND)])
    finals = table.finals()
    assert finals["concept", "fractions", START]["counts"]["attempts"] == 1
    assert finals["tenant", "school", START]["late"] == 0
    late = finals["tenant", "school", START + 3 * MINUTE]
    assert (late["late"], late["counts"]["attempts"]) == (1, 1)


def test_a_clock_that_runs_ahead_closes_nothing() -> None:
    table = Table()
    ahead = Arrival("Attempt", "attempts", 0, at(290), START)
    table.run([ahead, Arrival("Attempt", "attempts", 1, at(1), START + SECOND)])
    assert not any(event["late"] for event in table.said)
    assert table.finals() == {}


def test_the_slower_of_two_topics_holds_the_windows_open_until_it_is_idle() -> None:
    table = Table()
    slow = arrivals("Attempt", "attempts", [at(0), at(1)])
    fast = arrivals("TutorResponse", "responses", [response(n, sent_at=START + n * MINUTE) for n in range(10)])
    table.run([slow[0], *fast], now=NOON)
    assert table.finals() == {}
    table.run([slow[1]], now=NOON + 20 * SECOND)
    table.run([], now=NOON + 31 * SECOND, tick=True)
    assert table.finals() == {}
    table.run([], now=NOON + 51 * SECOND, tick=True)
    assert table.finals()["concept", "fractions", START]["counts"]["attempts"] == 2


def test_nothing_closes_while_a_worker_has_only_begun_to_read() -> None:
    table = Table(since=NOON)
    table.run(attempts(0, 1000), now=NOON + SECOND)
    table.run(arrivals("TutorResponse", "responses", [response(1, sent_at=START)]), now=NOON + 2 * SECOND)
    assert table.finals() == {}
    table.run([], now=NOON + 60 * SECOND, tick=True)
    assert table.finals()["tenant", "school", START]["counts"]["events"] == 2


def test_the_worker_clock_closes_live_windows_and_leaves_old_ones_open() -> None:
    live, old = Table(), Table()
    live.run(attempts(0), now=START)
    live.run([], now=START + 300 * SECOND, tick=True)
    assert len(live.finals()) == 2
    old.run(arrivals("Attempt", "attempts", [at(0)], delay=DAY), now=START + DAY)
    old.run([], now=START + DAY + 300 * SECOND, tick=True)
    assert old.finals() == {}


def test_tenants_keep_their_own_time() -> None:
    table = Table()
    mixed = [at(0), at(30 * 86400, tenant_id="other"), at(30), at(30 * 86400 + 1, tenant_id="other")]
    table.run(arrivals("Attempt", "attempts", mixed))
    assert not any(event["late"] for event in table.said)


def test_windows_that_overlap() -> None:
    rules = RULES.model_copy(update={"spans": (Span(seconds=180, every=60, kinds=("tenant",)),)})
    table = Table(rules=rules)
    table.run(attempts(0, 70, 130, 1000))
    counts = {start: event["counts"]["attempts"] for (_, _, start), event in table.finals().items()}
    assert counts == {START + n * MINUTE: count for n, count in {-2: 1, -1: 2, 0: 3, 1: 2, 2: 1}.items()}


def test_windows_of_several_lengths_are_told_apart() -> None:
    spans = (Span(seconds=10, kinds=("tenant",)), Span(seconds=60, kinds=("tenant",)))
    table = Table(rules=RULES.model_copy(update={"spans": spans}))
    table.run(attempts(0, 15, 1000))
    found = [(e["window_s"], e["window_start"] - START, e["counts"]["attempts"]) for e in table.said if e["final"]]
    assert sorted(found) == [(10, 0, 1), (10, 10 * SECOND, 1), (60, 0, 2)]


def test_what_is_closed_is_no_longer_stored() -> None:
    table = Table()
    for n in range(200):
        table.run([Arrival("Attempt", "attempts", n, at(n * 60), START + n * MINUTE)], now=START + n * MINUTE)
    assert len(table.values) < 20
    assert sum(map(len, table.values.values())) < 5_000


def test_too_many_open_windows_close_early() -> None:
    table = Table(rules=RULES.model_copy(update={"most_open": 10}))
    table.run([Arrival("Attempt", "attempts", 0, at(0), START)], now=NOON)
    fast = [response(n, sent_at=START + n * MINUTE) for n in range(100)]
    table.run(arrivals("TutorResponse", "responses", fast), now=NOON)
    table.run([], now=NOON, tick=True)
    assert table.finals()["tenant", "school", START]["counts"]["attempts"] == 1
    assert len(table.values) < 80


def stream(seed: int) -> list[Arrival]:
    """Attempts and responses of a few learners over some minutes, each topic in its own rough order."""
    rng = random.Random(seed)
    times = sorted(rng.uniform(0, 600) for _ in range(60))
    concepts = ("fractions", "decimals")
    graded = [
        at(t + rng.uniform(0, 60), concept_id=rng.choice(concepts), learner_id=f"l{rng.randrange(5)}") for t in times
    ]
    replies = [
        response(n, sent_at=START + round(t * SECOND), cost_usd=rng.uniform(0, 0.01), provider_ms=rng.uniform(1, 1e4))
        for n, t in enumerate(times, 1)
    ]
    return [*arrivals("Attempt", "attempts", graded), *arrivals("TutorResponse", "responses", replies)]


def interleaved(records: list[Arrival], rng: random.Random) -> list[Arrival]:
    """The records in another order between topics; within a topic they stay in order."""
    queues = [[one for one in records if one.topic == topic] for topic in ("attempts", "responses")]
    mixed = []
    while any(queues):
        mixed.append(rng.choice([queue for queue in queues if queue]).pop(0))
    return mixed


CLOSING = [
    Arrival("Attempt", "attempts", 10_000, at(5000), START + 5000 * SECOND),
    Arrival("TutorResponse", "responses", 10_000, response(1, sent_at=START + 5000 * SECOND), START + 5000 * SECOND),
]


def counted(table: Table) -> dict[tuple[str, str, int], Event]:
    return table.finals()


@pytest.mark.parametrize("seed", range(8))
def test_a_replay_in_another_order_of_topics_and_batches_gives_the_same_finals(seed: int) -> None:
    rng = random.Random(seed)
    records = stream(seed)
    straight, replay = Table(since=0), Table()
    straight.run([*records, *CLOSING], now=5)
    straight.run([], now=60 * SECOND, tick=True)
    straight.run([], now=60 * SECOND, tick=True)
    # The replay knows both topics from its start on, so their watermarks hold each other back.
    mixed = [records[0], records[60], *interleaved([*records[1:60], *records[61:]], rng), *CLOSING]
    position = 0
    while position < len(mixed):
        size = rng.randrange(1, 20)
        replay.run(mixed[position : position + size], now=position)
        position += size
    assert replay.finals() == straight.finals()
    assert len(straight.finals()) > 20


@pytest.mark.parametrize("seed", range(12))
def test_a_crash_that_stored_only_a_part_changes_nothing(seed: int) -> None:
    rng = random.Random(seed)
    records = [*interleaved(stream(seed), rng), *CLOSING]
    calm, rough = Table(), Table()
    for n in range(0, len(records), 15):
        batch = records[n : n + 15]
        calm.run(batch, now=n)
        while rng.random() < 0.5:
            change = rough.change(batch, n)
            rough.said += [event for _, event in change.aggregates]
            rough.store(change, rng.randrange(len(change.entries) + 1))
        rough.run(batch, now=n)
    for table in (calm, rough):
        table.run([], now=500, tick=True)
    assert rough.finals() == calm.finals()
    assert set(rough.values) == set(calm.values)


def test_the_rules_say_what_is_wrong_with_them() -> None:
    with pytest.raises(ValueError, match="must divide"):
        WindowRules(spans=(Span(seconds=60, every=7, kinds=("tenant",)),))
    with pytest.raises(ValueError, match="same length"):
        WindowRules(spans=(Span(seconds=60, kinds=("tenant",)), Span(seconds=60, kinds=("course",))))
    with pytest.raises(ValueError, match="finite"):
        WindowRules(spans=(Span(seconds=60, kinds=("tenant",)),), idle_seconds=float("inf"))


NAMED = RULES.model_copy(update={"spans": (Span(seconds=60, kinds=("tenant", "course", "concept", "item")),)})


def made_up(count: int, letter: str = "x") -> list[Arrival]:
    """Attempts of one instant, each on a new concept and item of the longest names, and what the profile says."""
    tries = [
        at(0, concept_id=f"{n:05}".ljust(256, letter), item_id=f"{n:05}".ljust(256, letter), course_id=f"{n:0256}")
        for n in range(count)
    ]
    said = [
        learning_event(one, "attempt_predicted", item=one["item_id"], predicted=0.7, outcome=float(n % 2))
        for n, one in enumerate(tries)
    ]
    both = zip(arrivals("Attempt", "attempts", tries), arrivals("LearningEvent", "learning", said), strict=True)
    return [one for pair in both for one in pair]


def attempts_by_kind(table: Table) -> Counter[str]:
    """Attempts of the first minute, by kind."""
    found: Counter[str] = Counter()
    for (kind, _, start), event in table.finals().items():
        if start == START:
            found[kind] += event["counts"]["attempts"]
    return found


def closed(table: Table, offset: int) -> None:
    """An attempt and a prediction so much later that the first minute closes."""
    late = at(400)
    said = learning_event(late, "attempt_predicted", item="i", predicted=0.7, outcome=1.0)
    table.run([Arrival("Attempt", "attempts", offset, late, late["sent_at"])])
    table.run([Arrival("LearningEvent", "learning", offset, said, said["sent_at"])])


@pytest.mark.parametrize("letter", ["x", "ж"])
def test_no_value_grows_with_the_names_that_apps_make_up_and_all_is_counted(letter: str) -> None:
    table, detector, items = Table(rules=NAMED), Detector(), ItemWatch()
    records = made_up(4000, letter)
    for first in range(0, len(records), 2000):
        for _ in range(2):
            table.run(records[first : first + 2000], now=NOON)
            assert max(map(len, table.values.values())) < 1_000_000
    closed(table, 4000)
    assert attempts_by_kind(table) == {"tenant": 4000, "course": 4000, "concept": 4000, "item": 4000}
    kinds = Counter(kind for kind, _, start in table.finals() if start == START)
    assert all(100 < kinds[kind] <= index.MOST_DIMENSIONS + 1 for kind in ("course", "concept", "item"))
    assert table.finals()["concept", OTHERS, START]["counts"]["attempts"] == 4000 - kinds["concept"] + 1
    for offset, window in enumerate(table.said):
        if window["final"]:
            detector.observe(window, offset)
            items.observe(window, offset)
    assert max(len(detector.dumps()), len(items.dumps())) < 1_000_000


def test_windows_that_wait_to_be_told_of_are_told_once_their_names_take_too_much_room() -> None:
    table = Table(rules=NAMED, since=NOON)
    records = [
        Arrival(one.name, one.topic, 500 * minute + one.offset, one.event | {"sent_at": START + minute * MINUTE}, NOON)
        for minute in range(10)
        for one in made_up(500)
        if one.name == "Attempt"
    ]
    table.run(records, now=NOON)
    told = len(table.said)
    again = [Arrival(one.name, one.topic, 5000 + n, one.event, NOON) for n, one in enumerate(records)]
    table.run(again, now=NOON + 1)
    assert max(map(len, table.values.values())) < 1_000_000
    # Most are told of before they are due; who waits is told of then.
    assert told / 2 < len(table.said) - told < told
    table.run([], now=NOON + 2 * SECOND, tick=True)
    assert len(table.said) == 2 * told


def test_dimensions_of_a_kind_are_bounded_whatever_their_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "MOST_DIMENSIONS", 3)
    table = Table(rules=NAMED)
    table.run(made_up(10))
    # What is kept apart stays so.
    table.run([Arrival("Attempt", "attempts", 10 + n, one.event, START) for n, one in enumerate(made_up(10)[:12:2])])
    closed(table, 100)
    assert attempts_by_kind(table)["concept"] == 16
    of_concepts = {
        name[:5]: event["counts"]["attempts"]
        for (kind, name, start), event in table.finals().items()
        if (kind, start) == ("concept", START)
    }
    assert of_concepts == {"00000": 2, "00001": 2, "00002": 2, OTHERS[:5]: 10}


def test_records_that_come_again_are_counted_where_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "MOST_DIMENSIONS", 3)
    records = made_up(8)
    whole = Table(rules=NAMED)
    whole.run(records[:8])
    whole.run(records[8:])
    closed(whole, 8)
    for stored in range(40):
        table = Table(rules=NAMED)
        table.run(records[:8])
        table.store(table.change(records[8:], 0), stored)
        table.run(records[8:])
        closed(table, 8)
        assert {k: v["counts"] for k, v in table.finals().items()} == {
            k: v["counts"] for k, v in whole.finals().items()
        }
