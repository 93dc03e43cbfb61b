"""What several partitions learned, added up in another order than in the replay, is the same sum all the same."""

from collections.abc import Sequence

import pytest

from agents.profile.agent import OBSERVE
from agents.profile.shared import Shared
from agents.profile.state import loads
from cli.what_if.difference import Window, fidelity
from cli.what_if.program import Program
from cli.what_if.recording import Kept, Recording
from cli.what_if.run import Replay, Replayed
from cli.what_if.schedule import schedule
from config.settings import Settings
from schemas.codec import Event, encode
from schemas.topics import ATTEMPTS, INTERVENTIONS, LEARNING_EVENTS, PROFILES, REWARDS, SHARED
from tests.agents.profile.given import NOON, attempt

OTHERS = (1, 2, 3)
INPUTS, TOLD_BEFORE = 16, (4, 8, 12)
STEP, PUBLISHED, HANDLED = 300_000, 100_000, 200_000


def tried(number: int, at: int, learner: str) -> Event:
    concept = ("fractions", "multiplication")[number % 2]
    event = attempt(number % 3 > 0, at=at, concept=concept, item_id=f"i-{number % 3}", duration_ms=3000 + 97 * number)
    return event | {"tenant_id": "t", "learner_id": learner}


def taught(shared: Shared, first: int) -> list[Event]:
    """What another partition publishes once a learner of its own has tried more."""
    state = None
    for number in range(first, first + 7):
        event = tried(number, NOON + number, f"of-{shared.partition}")
        state = OBSERVE[ATTEMPTS.name](loads(state), event, shared).state.dumps()
    return shared.published(NOON)


def recorded(heard_in: Sequence[int]) -> Recording:
    """One partition's work. Now and then it heard of the others, in the order `heard_in`, while an input waited."""
    recording, shared = Recording(), Shared(0)
    others = {partition: Shared(partition) for partition in OTHERS}
    states: dict[str, bytes] = {}
    for number in range(INPUTS):
        at, learner = NOON + number * STEP, f"ada-{number % 3}"
        if number in TOLD_BEFORE:
            told = {partition: taught(others[partition], 10 * partition + number) for partition in OTHERS}
            for partition in heard_in:
                for event in told[partition]:
                    shared.take(event)
            for event in (event for partition in OTHERS for event in told[partition]):
                place = event["source_partition"], len(recording.shared)
                recording.shared.append(Kept(SHARED, *place, at + PUBLISHED, b"", encode(SHARED.event, event)))
        key = f"t/{learner}".encode()
        event = tried(number, at, learner)
        recording.inputs[event["event_id"]] = Kept(ATTEMPTS, 0, number, at, key, encode(ATTEMPTS.event, event))
        with shared.apart() as learned:
            observed = OBSERVE[ATTEMPTS.name](loads(states.get(learner)), event, shared)
        shared.settle(learned)
        states[learner] = observed.state.dumps()
        assert observed.profile is not None
        profile = encode(PROFILES.event, observed.profile)
        recording.profiles.append(Kept(PROFILES, 0, number, at + HANDLED, key, profile))
        for topic, made in (
            (INTERVENTIONS, observed.interventions),
            (REWARDS, observed.rewards),
            (LEARNING_EVENTS, observed.learning_events),
        ):
            for one in made:
                kept = Kept(topic, 0, number, at + HANDLED, key, encode(topic.event, one))
                recording.outputs[one["event_id"]] = kept
    return recording


def replayed(recording: Recording) -> Replayed:
    return Replay(recording, schedule(recording), Program(Settings(), {}), None).run()


@pytest.mark.parametrize("heard_in", [OTHERS, OTHERS[::-1], (2, 1, 3), (3, 1, 2)], ids=str)
def test_sums_heard_in_another_order_are_found(heard_in: Sequence[int]) -> None:
    recording = recorded(heard_in)
    made = replayed(recording)
    found = fidelity(recording, made, Window())
    assert found.exact, found.examples
    assert found.of["LearnerProfile"] == INPUTS
    for number, id_ in enumerate(recording.inputs):
        if number >= TOLD_BEFORE[-1]:
            assert made.heard[id_].count == len(recording.shared), number
