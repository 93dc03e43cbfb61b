"""A learner with a long past: 200 turns kept and 1,000 items remembered."""

from dataclasses import replace

from agents.context.encoder import Encoder
from agents.context.memory.recall import encode_pending
from agents.context.observe import observe_response
from agents.context.state import ContextState
from benchmarks.context import events, histories
from config.settings import Settings

DAY = 86_400 * 1_000_000
ITEMS = 1000


def grown(encoder: Encoder, settings: Settings, items: int = ITEMS) -> ContextState:
    """The row after as many histories as fill the memory with `items`, all of them encoded."""
    state, number, seed = ContextState(), 0, 0
    while len(state.memory) < items:
        for exchange in histories.make(seed).exchanges:
            number += 1
            sent_at = exchange.sent_at + seed * 120 * DAY
            asked = events.message("bench", number, exchange.message, sent_at, exchange.sitting + 100 * seed)
            state = observe_response(state, events.response(asked, number, exchange.reply), settings, encoder)
        seed += 1
    while not state.memory.ready.all():
        state = replace(state, memory=encode_pending(state.memory, encoder))
    return state
