"""The knowledge state's bytes."""

from dataclasses import fields

import numpy as np
import pytest

from agents.profile import traces
from agents.profile.knowledge import Attempt
from agents.profile.knowledge.state import ConceptTrace, ItemTrace
from agents.profile.shared import Shared


def test_every_field_of_a_row_is_kept() -> None:
    """Fails where the knowledge model gains a field that the packed rows do not know."""
    concept = ConceptTrace(1, 2, 0.5, 0.25, 0.75, 0.125, -0.5, -3, 9, 1_700_000_000.0)
    assert len(fields(ConceptTrace)) == 10
    assert traces.unpack_concept(traces.pack_concept(concept)) == concept
    item = ItemTrace(1, 2, 1, 9, None)
    assert len(fields(ItemTrace)) == 5
    assert traces.unpack_item(traces.pack_item(item)) == item


def test_reading_between_events_changes_no_prediction() -> None:
    """A state that is written and read before each event gives what one kept in memory gives, to single precision."""
    kept_shared, read_shared = Shared(), Shared()
    model = kept_shared.model
    kept = model.new_state()
    payload = b""
    for number in range(300):
        name = f"c{number % 13}"
        event = Attempt(f"{name}/{number % 4}", (name,), number * 7919 % 5 > 1, 1.7e9 + number * 3600, 9.0, number % 2)
        first = model.step(kept, kept_shared.difficulty_sums, event)
        state = traces.loads(payload, model.weights.hidden_size)
        second = model.step(state, read_shared.difficulty_sums, event)
        payload = traces.dumps(state)
        assert first is not None
        assert second is not None
        assert second.p == pytest.approx(first.p, abs=2e-3)


def test_room_is_made_by_dropping_the_stalest() -> None:
    shared = Shared()
    payload = b""
    for number in range(2000):
        name = f"a concept with quite a long name, number {number % 150}"
        state = traces.loads(payload, shared.model.weights.hidden_size)
        shared.model.step(state, shared.difficulty_sums, Attempt(f"i{number}", (name,), True, 1.7e9 + number))
        payload = traces.dumps(state)
    assert len(payload) <= traces.MAX_BYTES
    last = traces.loads(payload, shared.model.weights.hidden_size)
    assert name in last.concepts
    assert last.attempts == 2000


def test_other_weights_start_the_hidden_vector_anew_and_keep_the_rest() -> None:
    state = traces.loads(b"", 0)
    state.hidden = np.ones(4, np.float32)
    state.attempts = 3
    payload = traces.dumps(state)
    assert traces.loads(payload, 4).hidden.tolist() == [1.0] * 4
    assert traces.loads(payload, 8).hidden.tolist() == [0.0] * 8
    assert traces.loads(payload, 8).attempts == 3


def test_another_layout_is_refused() -> None:
    with pytest.raises(ValueError, match="layout"):
        traces.loads(b"\xff" + bytes(20), 0)
