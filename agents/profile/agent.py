"""Binds the profile to its topics: attempts, feedback, signals and responses in; snapshots and what follows out."""

from collections.abc import Callable

from agents.profile import observe
from agents.profile.observe import Observed
from agents.profile.partitions import SharedPartitions
from agents.profile.shared import Shared
from agents.profile.state import ProfileState
from agents.profile.state import loads as load_state
from config.curriculum import load
from config.experiments import load as load_experiments
from config.settings import Settings
from pipeline.delivery.record import Emit, Outcome, Record
from pipeline.delivery.stage import KeyedStage, Source
from schemas.codec import Event
from schemas.topics import (
    ATTEMPTS,
    ERASURES,
    FEEDBACK,
    INTERVENTIONS,
    LEARNING_EVENTS,
    PROFILES,
    RESPONSES,
    REWARDS,
    SIGNALS,
)

OBSERVE: dict[str, Callable[[ProfileState, Event, Shared], Observed]] = {
    ATTEMPTS.name: observe.observe_attempt,
    FEEDBACK.name: observe.observe_feedback,
    SIGNALS.name: observe.observe_signal,
    RESPONSES.name: observe.observe_response,
}


def stage(settings: Settings) -> KeyedStage:
    """The profile stage. Raises `ExperimentsError` for an experiments file that can't be read."""
    shared = SharedPartitions(load(settings.curriculum_file), load_experiments(settings.experiments_file))

    async def handle(record: Record, state: bytes | None) -> Outcome:
        if record.topic == ERASURES.name:
            return Outcome(forget=True)
        stood = (record.partition, record.topic, record.offset)
        observed = shared.observe(OBSERVE[record.topic], load_state(state), record.event, stood)
        emits = [Emit(PROFILES, observed.profile)] if observed.profile is not None else []
        emits += [Emit(INTERVENTIONS, event) for event in observed.interventions]
        emits += [Emit(REWARDS, event) for event in observed.rewards]
        emits += [Emit(LEARNING_EVENTS, event) for event in observed.learning_events]
        return Outcome(tuple(emits), observed.state.dumps())

    sources = (
        Source(ATTEMPTS, owner=True),
        Source(FEEDBACK, owner=True),
        Source(SIGNALS, owner=True),
        Source(RESPONSES, identity="response_id"),
        Source(ERASURES),
    )
    return KeyedStage("profile", sources, handle, shared=shared)
