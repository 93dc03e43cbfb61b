"""A learner who goes on, and how many bytes of their row are written a message."""

from collections.abc import Iterator, Mapping

from agents.context.encoder import Encoder
from agents.context.enrich import enrich
from agents.context.observe import observe_profile, observe_response
from agents.context.state import ContextState
from benchmarks.context import events, histories
from benchmarks.context.learner import DAY
from config.settings import Settings

SEED = 1_000
Rows = Mapping[bytes, bytes | None]


def going_on(
    state: ContextState, settings: Settings, encoder: Encoder, exchanges: int
) -> Iterator[tuple[ContextState, bytes, Rows]]:
    """What is stored at each message, its reply, and the profile that follows, for so many exchanges."""
    number, at = state.turns_through, state.turns[-1].sent_at + DAY
    for sitting, exchange in enumerate(histories.make(SEED).exchanges[:exchanges]):
        number, at = number + 1, at + DAY // 100
        asked = events.message("bench", number, exchange.message, at, sitting)
        _, state = enrich(state, asked, at, settings, encoder)
        state, value, rows = state.stored()
        yield state, value, rows
        state = observe_response(state, events.response(asked, number, exchange.reply), settings, encoder)
        state, value, rows = state.stored()
        yield state, value, rows
        state, value, rows = observe_profile(state, events.profile(number)).stored()
        yield state, value, rows


def bytes_a_message(state: ContextState, settings: Settings, encoder: Encoder, exchanges: int) -> tuple[int, int]:
    """Mean bytes written a message in so many exchanges, and what whole rows would take; without the ids of inputs."""
    written = whole = 0
    for after, value, rows in going_on(state, settings, encoder, exchanges):
        written += len(value) + sum(len(row) for row in rows.values() if row is not None)
        apart = after.written[1].recent.size if after.written is not None else 0
        whole += len(value) - apart + after.memory.size
    return written // exchanges, whole // exchanges
