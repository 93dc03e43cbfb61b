"""The stage's binding: closed minutes go to one key, what the detector says of them to the alerts."""

from collections.abc import Mapping
from types import SimpleNamespace

import pytest

from agents.analytics import agent
from agents.analytics.agent import ALL_MINUTES, BEFORE, DETECTOR, ITEMS, stage
from agents.analytics.anomalies.detector import Detector
from agents.profile.events import learning_event
from config.settings import Settings
from pipeline.delivery.record import Emit, Record
from pipeline.delivery.stage import BatchOutcome, BatchStage
from schemas.codec import Event
from schemas.topics import AGGREGATES, ALERTS, ATTEMPTS, LEARNING_EVENTS, MINUTES
from tests.agents.analytics.anomalies.test_detector import as_version_1, stream
from tests.agents.analytics.anomalies.test_items import healthy, wrong
from tests.agents.profile.given import MINUTE, NOON, attempt

PARTITION = 2


class States:
    """What the stage has stored."""

    def __init__(self) -> None:
        self.values: dict[tuple[int, bytes], bytes] = {}

    def get(self, partition: int, key: bytes) -> bytes | None:
        return self.values.get((partition, key))

    def keep(self, states: Mapping[tuple[int, bytes], bytes | None]) -> None:
        for key, value in states.items():
            if value is None:
                self.values.pop(key, None)
            else:
                self.values[key] = value


def minutes(windows: list[Event]) -> list[Record]:
    return [
        Record(MINUTES.name, PARTITION, offset, ALL_MINUTES, event, event["window_start"])
        for offset, event in enumerate(windows)
    ]


async def test_closed_minutes_become_alerts_and_a_batch_that_comes_again_the_same_ones() -> None:
    made, states = stage(Settings(_env_file=None)), States()
    records = minutes(stream())
    alerts: list[Event] = []
    for first in range(0, len(records), 200):
        batch = records[first : first + 200]
        outcome = await made.handle(batch, states)
        again = await made.handle(batch, states)
        assert again == outcome
        states.keep(outcome.states)
        assert {emit.topic for emit in outcome.emits} <= {ALERTS}
        alerts += [emit.event for emit in outcome.emits]
        assert await made.handle(batch, states) == BatchOutcome((), outcome.states)
    assert [(alert["state"], alert["cause"]) for alert in alerts] == [("raised", ["groq"]), ("cleared", ["groq"])]
    assert Detector.loads(states.get(PARTITION, DETECTOR)).offset == len(records) - 1


async def told(made: BatchStage, states: States, records: list[Record], now: list[int]) -> list[Emit]:
    """What comes of the records, a minute of the worker's time apart: one that has just begun closes nothing yet."""
    emits: list[Emit] = []
    for record in records:
        outcome = await made.handle([record], states)
        states.keep(outcome.states)
        emits += outcome.emits
        now[0] += 60 * 10**9
    return emits


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The worker's clock, nanoseconds."""
    clock = [NOON * 1000]
    monkeypatch.setattr(agent, "time", SimpleNamespace(time_ns=lambda: clock[0]))
    return clock


async def test_a_minute_that_closes_is_told_to_the_detector_under_one_key(now: list[int]) -> None:
    tries = [attempt(at=NOON + minute * MINUTE) for minute in (0, 10)]
    records = [Record(ATTEMPTS.name, 0, n, b"school/ada", tried, tried["sent_at"]) for n, tried in enumerate(tries)]
    emits = await told(stage(Settings(_env_file=None)), States(), records, now)
    [concept] = [emit for emit in emits if emit.topic is MINUTES]
    assert (concept.key, concept.event["kind"], concept.event["final"]) == (ALL_MINUTES, "concept", True)
    assert concept.event["counts"]["attempts"] == 1


def busy(made_at: int, offset: int, appended_at: int | None = None) -> Record:
    tried = attempt(at=made_at) | {"tenant_id": "busy", "event_id": f"busy-{offset}"}
    return Record(ATTEMPTS.name, 0, offset, b"busy/bob", tried, made_at if appended_at is None else appended_at)


def finals(outcome: BatchOutcome, tenant: str) -> list[int]:
    events = [emit.event for emit in outcome.emits if emit.topic is AGGREGATES and emit.event["kind"] == "tenant"]
    return [event["counts"].get("attempts", 0) for event in events if event["final"] and event["tenant_id"] == tenant]


async def test_a_quiet_tenant_s_minute_closes_while_another_is_busy(now: list[int]) -> None:
    made, states, closed = stage(Settings(_env_file=None)), States(), []
    assert made.tick is not None
    tried = attempt(at=NOON)
    records = [Record(ATTEMPTS.name, 0, 0, b"school/ada", tried, NOON)]
    for second in range(0, 300, 5):
        now[0] = (NOON + second * 1_000_000) * 1000
        outcome = await made.handle([*records, busy(NOON + second * 1_000_000, second + 1)], states)
        records = []
        states.keep(outcome.states)
        ticked = await made.tick([0], states)
        states.keep(ticked.states)
        closed += finals(outcome, "school") + finals(ticked, "school")
    assert closed == [1]


async def test_a_worker_that_catches_up_closes_nothing_by_its_clock(now: list[int]) -> None:
    made, states, closed = stage(Settings(_env_file=None)), States(), []
    assert made.tick is not None
    later = NOON + 7200 * 1_000_000
    tries = {0: NOON, 100: NOON + 30 * 1_000_000}
    for second in range(0, 400, 5):
        # What is read now was appended two hours ago, and takes minutes to read.
        now[0] = (later + second * 1_000_000) * 1000
        batch = [busy(NOON + second * 100_000, second + 1)] if second < 200 else []
        if second in tries:
            tried = attempt(at=tries[second])
            batch.append(Record(ATTEMPTS.name, 0, 1000 + second, b"school/ada", tried, tried["sent_at"]))
        outcome = await made.handle(batch, states)
        states.keep(outcome.states)
        ticked = await made.tick([0], states)
        states.keep(ticked.states)
        closed += finals(outcome, "school") + finals(ticked, "school")
    assert closed == [2]


async def test_items_are_told_to_the_detector_alone_and_their_alerts_come_from_there(now: list[int]) -> None:
    made, states = stage(Settings(_env_file=None)), States()
    tries = [attempt(at=NOON + minute * MINUTE) for minute in (0, 10)]
    said = [learning_event(one, "attempt_predicted", item="i1", predicted=0.5, outcome=1.0) for one in tries]
    records = [Record(LEARNING_EVENTS.name, 0, n, b"school/ada", one, one["sent_at"]) for n, one in enumerate(said)]
    [item] = await told(made, states, records, now)
    assert (item.topic, item.key, item.event["kind"]) == (MINUTES, ALL_MINUTES, "item")
    windows = healthy(range(100)) + wrong(range(100, 115))
    alerts: list[Event] = []
    for first in range(0, len(windows), 30):
        outcome = await made.handle(minutes(windows)[first : first + 30], states)
        states.keep(outcome.states)
        alerts += [emit.event for emit in outcome.emits if emit.topic is ALERTS]
    assert [(alert["state"], alert["cause"]) for alert in alerts] == [("raised", ["i1"])]


async def test_what_an_older_version_stored_is_read_once_and_moved() -> None:
    made, states = stage(Settings(_env_file=None)), States()
    records = minutes(stream())
    older = Detector()
    for record in records[:1000]:
        older.observe(record.event, record.offset)
    states.values = {(PARTITION, BEFORE[DETECTOR]): as_version_1(older), (PARTITION, BEFORE[ITEMS]): b"[{},{},999]"}
    outcome = await made.handle(records[1000:1200], states)
    states.keep(outcome.states)
    assert states.values.keys() == {(PARTITION, DETECTOR), (PARTITION, ITEMS)}
    assert Detector.loads(states.get(PARTITION, DETECTOR)).charts.keys() == older.charts.keys()
    await made.handle(records[1200:1300], states)
