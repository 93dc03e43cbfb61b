"""Binds context to its topics: learners' messages in, enriched ones out; replies and profiles feed its state."""

from collections.abc import Callable

from agents.context.enrich import enrich
from agents.context.learned import LayersHeard
from agents.context.observe import observe_profile, observe_response, observe_signal
from agents.context.state import ContextState
from agents.context.weights import LayerWeights
from config.settings import Settings
from pipeline.delivery.record import Emit, Outcome, Record
from pipeline.delivery.stage import KeyedStage, Source
from schemas.codec import Event
from schemas.topics import ENRICHED, ERASURES, MESSAGES, PROFILES, RESPONSES, SIGNALS


def stage(settings: Settings) -> KeyedStage:
    """The context stage."""
    weights = LayerWeights()
    observe: dict[str, Callable[[ContextState, Event], ContextState]] = {
        RESPONSES.name: lambda state, event: observe_response(state, event, settings),
        PROFILES.name: observe_profile,
        SIGNALS.name: observe_signal,
    }

    async def handle(record: Record, state: bytes | None) -> Outcome:
        if record.topic == ERASURES.name:
            return Outcome(forget=True)
        before = ContextState.loads(state)
        if record.topic != MESSAGES.name:
            return Outcome(state=observe[record.topic](before, record.event).dumps())
        enriched, after = enrich(before, record.event, record.appended_at, settings, weights=weights)
        return Outcome((Emit(ENRICHED, enriched),), after.dumps())

    sources = (
        Source(MESSAGES, identity="message_id", owner=True),
        Source(RESPONSES, identity="response_id", owner=True),
        Source(PROFILES, owner=True),
        Source(SIGNALS),
        Source(ERASURES, owner=True),
    )
    return KeyedStage("context", sources, handle, shared=LayersHeard(weights))
