from dataclasses import replace

import pytest

from agents.context.memory.store import Item, Memory
from agents.context.observe import observe_response
from agents.context.state import VERSION, ContextState, StateError
from agents.context.warm import WarmStates
from tests.agents.context.events import SETTINGS, response

ADA, BOB = b"school/ada", b"school/bob"


def row(turns: int = 1) -> ContextState:
    state = ContextState()
    for number in range(1, turns + 1):
        state = observe_response(state, response(number), SETTINGS)
    return state


def test_a_row_that_was_written_here_is_not_read_again() -> None:
    warm = WarmStates()
    state = row()
    value, _ = warm.dumps(ADA, state)
    warm.warm(state)
    first = warm.loads(ADA, bytes(bytearray(value)))
    assert first == state
    assert warm.loads(ADA, value) is first
    assert warm.counts == {"hit": 2}


def test_a_row_that_was_read_once_is_there_the_next_time() -> None:
    warm, value = WarmStates(), row().dumps()
    first = warm.loads(ADA, value)
    assert first == row()
    assert warm.loads(ADA, value) is first
    assert warm.counts == {"miss": 1, "hit": 1}


def test_a_row_that_someone_else_wrote_is_read_anew() -> None:
    warm = WarmStates()
    warm.dumps(ADA, row())
    assert warm.loads(ADA, row(2).dumps()) == row(2)
    assert warm.loads(BOB, row().dumps()) == row()
    assert warm.counts == {"miss": 2}


def test_no_row_is_an_empty_one() -> None:
    warm = WarmStates()
    warm.dumps(ADA, row())
    assert warm.loads(ADA, None) == warm.loads(ADA, b"") == ContextState()
    assert not warm.counts


def test_the_rows_used_longest_ago_make_room() -> None:
    size = len(row().dumps())
    warm = WarmStates(most_bytes=2 * size)
    for key in (ADA, BOB):
        warm.dumps(key, row())
    warm.loads(ADA, row().dumps())
    warm.dumps(b"school/eve", row())
    for key in (ADA, b"school/eve", BOB):
        warm.loads(key, row().dumps())
    assert warm.counts == {"hit": 3, "miss": 1}
    tiny = WarmStates(most_bytes=1)
    tiny.dumps(ADA, row())
    tiny.loads(ADA, row().dumps())
    assert tiny.counts == {"miss": 1}


def test_what_is_stored_beside_a_row_is_not_read_while_it_is_warm() -> None:
    many = [Item(number, "said", "", number, 0, f"sentence {number}") for number in range(100)]
    warm, state = WarmStates(), replace(row(), memory=Memory.empty().add(many))
    value, rows = warm.dumps(ADA, state)
    assert rows
    # What is warm knows that it was stored: its row is not written again.
    assert not warm.dumps(ADA, warm.loads(ADA, value))[1]
    assert warm.loads(ADA, value).memory == state.memory
    assert WarmStates().loads(ADA, value, dict(rows).get).memory == state.memory
    assert not len(WarmStates().loads(ADA, value).memory)


def test_a_forgotten_learner_is_forgotten_here() -> None:
    warm = WarmStates()
    value, _ = warm.dumps(ADA, row())
    warm.forget(ADA)
    warm.forget(BOB)
    warm.loads(ADA, value)
    assert warm.counts == {"miss": 1}


def test_damaged_bytes_are_said() -> None:
    with pytest.raises(StateError):
        WarmStates().loads(ADA, VERSION + b"xx")
