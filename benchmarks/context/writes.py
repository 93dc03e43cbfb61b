"""How many bytes of a learner's row are written a message: at the message, its reply, and the profile that follows."""

from agents.context.encoder import Encoder
from agents.context.enrich import enrich
from agents.context.observe import observe_profile, observe_response
from agents.context.state import ContextState
from benchmarks.context import events, histories
from benchmarks.context.learner import DAY
from config.settings import Settings

SEED = 1_000


def bytes_a_message(state: ContextState, settings: Settings, encoder: Encoder) -> tuple[int, int]:
    """Mean bytes written a message while the learner goes on for another history, and what whole rows would take."""
    exchanges = histories.make(SEED).exchanges
    written = whole = 0
    number, at = state.turns_through, state.turns[-1].sent_at + DAY
    for sitting, exchange in enumerate(exchanges):
        number, at = number + 1, at + DAY // 100
        asked = events.message("bench", number, exchange.message, at, sitting)
        for step in ("message", "response", "profile"):
            if step == "message":
                _, state = enrich(state, asked, at, settings, encoder)
            elif step == "response":
                state = observe_response(state, events.response(asked, number, exchange.reply), settings, encoder)
            else:
                state = observe_profile(state, events.profile(number))
            state, value, rows = state.stored()
            written += len(value) + sum(len(row) for row in rows.values() if row is not None)
            whole += len(value) + state.memory.size
    return written // len(exchanges), whole // len(exchanges)
