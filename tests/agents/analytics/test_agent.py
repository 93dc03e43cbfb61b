"""The stage's binding: closed minutes go to one key, what the detector says of them to the alerts."""

from collections.abc import Mapping
from types import SimpleNamespace

import pytest

from agents.analytics import agent
from agents.analytics.agent import ALL_MINUTES, DETECTOR, stage
from agents.analytics.anomalies.detector import Detector
from agents.profile.events import learning_event
from config.settings import Settings
from pipeline.delivery.record import Emit, Record
from pipeline.delivery.stage import BatchOutcome
from schemas.codec import Event
from schemas.topics import ALERTS, ATTEMPTS, LEARNING_EVENTS, MINUTES
from tests.agents.analytics.anomalies.test_detector import stream
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


async def test_a_minute_that_closes_is_told_to_the_detector_under_one_key(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [NOON * 1000]
    monkeypatch.setattr(agent, "time", SimpleNamespace(time_ns=lambda: now[0]))
    made, states = stage(Settings(_env_file=None)), States()
    told: list[Emit] = []
    for offset, minute in enumerate((0, 10)):
        tried = attempt(at=NOON + minute * MINUTE)
        outcome = await made.handle([Record(ATTEMPTS.name, 0, offset, b"school/ada", tried, tried["sent_at"])], states)
        states.keep(outcome.states)
        told += [emit for emit in outcome.emits if emit.topic is MINUTES]
        # A worker that has just begun to read closes nothing yet.
        now[0] += 60 * 10**9
    [concept] = told
    assert (concept.key, concept.event["kind"], concept.event["final"]) == (ALL_MINUTES, "concept", True)
    assert concept.event["counts"]["attempts"] == 1


async def test_items_are_told_to_the_detector_alone_and_their_alerts_come_from_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [NOON * 1000]
    monkeypatch.setattr(agent, "time", SimpleNamespace(time_ns=lambda: now[0]))
    made, states = stage(Settings(_env_file=None)), States()
    emits: list[Emit] = []
    for offset, minute in enumerate((0, 10)):
        tried = attempt(at=NOON + minute * MINUTE)
        said = learning_event(tried, "attempt_predicted", item="i1", predicted=0.5, outcome=1.0)
        record = Record(LEARNING_EVENTS.name, 0, offset, b"school/ada", said, said["sent_at"])
        outcome = await made.handle([record], states)
        states.keep(outcome.states)
        emits += outcome.emits
        now[0] += 60 * 10**9
    [told] = emits
    assert (told.topic, told.key, told.event["kind"]) == (MINUTES, ALL_MINUTES, "item")
    windows = healthy(range(100)) + wrong(range(100, 115))
    alerts: list[Event] = []
    for first in range(0, len(windows), 30):
        outcome = await made.handle(minutes(windows)[first : first + 30], states)
        states.keep(outcome.states)
        alerts += [emit.event for emit in outcome.emits if emit.topic is ALERTS]
    assert [(alert["state"], alert["cause"]) for alert in alerts] == [("raised", ["i1"])]
