"""Binds context to its topics: learners' messages in, enriched ones out; replies and profiles feed its state."""

from collections.abc import Callable

from agents.context import encoder as encoders
from agents.context.encoder import OutOfTime
from agents.context.enrich import enrich
from agents.context.learned import LayersHeard
from agents.context.memory.apart import NAMES
from agents.context.observe import observe_profile, observe_response, observe_signal
from agents.context.state import ContextState
from agents.context.warm import WarmStates
from agents.context.weights import LayerWeights
from config.settings import Settings
from pipeline.delivery.record import Emit, Outcome, Record
from pipeline.delivery.stage import KeyedStage, Source
from schemas.codec import Event
from schemas.topics import ENRICHED, ERASURES, MESSAGES, PROFILES, RESPONSES, SIGNALS

# What says that a message may be on its way.
AHEAD = frozenset({SIGNALS.name, PROFILES.name})


def stage(settings: Settings) -> KeyedStage:
    """The context stage."""
    weights = LayerWeights()
    observe: dict[str, Callable[[ContextState, Event], ContextState]] = {
        RESPONSES.name: lambda state, event: observe_response(state, event, settings),
        PROFILES.name: observe_profile,
        SIGNALS.name: observe_signal,
    }

    warm = WarmStates()

    async def handle(record: Record, state: bytes | None) -> Outcome:
        if record.topic == ERASURES.name:
            warm.forget(record.key)
            return Outcome(forget=True, rows=dict.fromkeys(NAMES))
        before = warm.loads(record.key, state, record.rows)
        if record.topic != MESSAGES.name:
            after = observe[record.topic](before, record.event)
            if record.topic in AHEAD:
                warm.warm(after)
            value, rows = warm.dumps(record.key, after)
            return Outcome(state=value, rows=rows)
        encoder = encoders.default()
        if encoder is not None and record.waited > settings.hurry_seconds:
            # What waits behind it is worth more than a better look at this one.
            encoder = OutOfTime()
        enriched, after = enrich(before, record.event, record.appended_at, settings, encoder, weights)
        value, rows = warm.dumps(record.key, after)
        return Outcome((Emit(ENRICHED, enriched),), value, rows=rows)

    sources = (
        Source(MESSAGES, identity="message_id", owner=True),
        Source(RESPONSES, identity="response_id", owner=True),
        Source(PROFILES, owner=True),
        Source(SIGNALS),
        Source(ERASURES, owner=True),
    )
    return KeyedStage("context", sources, handle, rows_first=True, shared=LayersHeard(weights))
