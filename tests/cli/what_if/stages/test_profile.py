"""A worker's sums as they were: what it had heard when, and where it was killed, found from what it made."""

from dataclasses import dataclass, field
from functools import partial

import pytest

from agents.profile.agent import OBSERVE
from agents.profile.observe import Observed
from agents.profile.partitions import SharedPartitions
from agents.profile.state import loads
from cli.what_if.compare import settled
from cli.what_if.program import Program
from cli.what_if.recording import Kept
from cli.what_if.stages.profile import Heard, Input, ProfileStage
from config.curriculum import load
from config.settings import Settings
from pipeline.shared.latest import Latest
from schemas.codec import Event, encode
from schemas.topics import ATTEMPTS, SHARED, SIGNALS, Topic
from tests.agents.profile.given import NOON, attempt, signal

INPUTS, SOMEBODY_TRIES_AT, KILLED_AT = 60, 30, 34
STEP = 300_000
PARTITIONS = (0, 1)


@dataclass
class Worker:
    """One worker of two partitions, as `agents/profile/agent.py` and the shared feed have it; and what it left."""

    shared: SharedPartitions = field(default_factory=lambda: SharedPartitions(load()))
    states: dict[bytes, bytes] = field(default_factory=dict)
    made: dict[str, list[Event]] = field(default_factory=dict)
    publications: list[Kept] = field(default_factory=list)
    unheard: list[Event] = field(default_factory=list)
    latest: Latest = field(default_factory=Latest)

    def handle(self, kept: Kept, event: Event) -> None:
        key, stood = kept.key, (kept.partition, kept.topic.name, kept.offset)
        observed = self.shared.observe(OBSERVE[kept.topic.name], loads(self.states.get(key)), event, stood)
        self.states[key] = observed.state.dumps()
        self.shared.done(*stood)
        self.made[event["event_id"]] = outputs(observed)

    def publish(self, at: int) -> None:
        for partition in PARTITIONS:
            for event in self.shared.published(partition, at):
                place = partition, len(self.publications)
                self.publications.append(Kept(SHARED, *place, at, b"", encode(SHARED.event, event)))
                self.unheard.append(self.publications[-1].event)

    def hear(self) -> None:
        for event in self.unheard:
            self.latest.take(event)
            self.shared.take(event, [one for one in PARTITIONS if one != event["source_partition"]])
        self.unheard.clear()

    def die(self) -> None:
        self.hear()
        self.shared = SharedPartitions(load())
        for event in self.latest.events():
            self.shared.take(event, PARTITIONS)


def outputs(observed: Observed) -> list[Event]:
    made = [settled("LearningEvent", event) for event in observed.learning_events]
    return [*made, *([settled("LearnerProfile", observed.profile)] if observed.profile else [])]


def as_made(made: list[Event], observed: Observed) -> bool:
    return outputs(observed) == made


def inputs(first_after: Topic) -> list[tuple[Kept, Event]]:
    found = []
    for number in range(INPUTS):
        at, learner = NOON + number * STEP, f"learner-{number % 4}"
        event = attempt(
            number % 3 > 0, concept="multiplication", item_id=f"mul-{number % 5}", at=at, duration_ms=3000 + 97 * number
        )
        topic = ATTEMPTS
        if first_after is SIGNALS and number in (SOMEBODY_TRIES_AT, KILLED_AT):
            # Who leaves teaches how often one stays to the end, and shows nothing of what others have taught.
            learner = "somebody"
            event = attempt(concept="fractions", item_id="fractions-9", at=at, duration_ms=0)
            if number == KILLED_AT:
                topic, event = SIGNALS, signal("SESSION_CLOSED", at=at)
        event |= {"tenant_id": "t", "learner_id": learner}
        kept = Kept(topic, number % 2, number, at, f"t/{learner}".encode(), encode(topic.event, event))
        found.append((kept, kept.event))
    return found


@pytest.mark.parametrize("killed", [False, True], ids=["never killed", "killed"])
@pytest.mark.parametrize("first_after", [ATTEMPTS, SIGNALS], ids=["attempt", "signal"])
def test_what_a_worker_made_comes_out_again(first_after: Topic, killed: bool) -> None:
    worker, given = Worker(), inputs(first_after)
    for number, (kept, event) in enumerate(given):
        if number == KILLED_AT and killed:
            worker.die()
        if number % 2:
            worker.hear()
        worker.handle(kept, event)
        if number % 10 == 8:
            # Before the next input is appended, or only before it is handled.
            worker.publish(kept.at + STEP // 2 + STEP * (number % 20 == 8))
    stage = ProfileStage(Program(Settings(), {}), worker.publications)
    for kept, event in given:
        id_ = event["event_id"]
        wanted = worker.made[id_]
        observed = stage.observed(Input(id_, kept, event, kept.at + STEP, partial(as_made, wanted)))
        assert outputs(observed) == wanted, kept.offset
    assert any(heard.restarted for heard in stage.heard.values()) == killed
    # And once more by what was found.
    again = ProfileStage(Program(Settings(), {}), worker.publications, stage.heard)
    for kept, event in given:
        told = Input(event["event_id"], kept, event, kept.at + STEP, lambda _observed: False)
        assert outputs(again.observed(told)) == worker.made[event["event_id"]], kept.offset


def test_a_profile_that_never_was_is_not_found() -> None:
    [(kept, event), *_] = inputs(ATTEMPTS)
    stage = ProfileStage(Program(Settings(), {}), [])
    stage.observed(Input("a", kept, event, kept.at + STEP, lambda _observed: False))
    assert stage.heard == {"a": Heard(0)}
