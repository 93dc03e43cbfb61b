import base64
import zlib
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.context.encoder import WIDTH
from agents.context.memory import apart as rows_apart
from agents.context.memory.apart import MOST_CHANGES, NAMES, Apart, Change, change, restored
from agents.context.memory.store import Item, Memory
from agents.context.observe import observe_response
from agents.context.state import LENGTH, ContextState, StateError
from tests.agents.context.events import SETTINGS, response

Stored = dict[bytes, bytes]


def memory(numbers: range) -> Memory:
    return Memory.empty().add([Item(number, "said", "", number, 0, f"sentence {number}") for number in numbers])


def written(stored: Stored, rows: Mapping[bytes, bytes | None]) -> None:
    for name, value in rows.items():
        if value is None:
            stored.pop(name, None)
        else:
            stored[name] = value


def settled(apart: Apart, memory: Memory) -> tuple[Apart, Change, Mapping[bytes, bytes | None]]:
    return rows_apart.settled(apart, memory, change(apart, memory))


def test_a_small_memory_stays_with_the_state() -> None:
    apart, _, rows = settled(Apart(), memory(range(MOST_CHANGES)))
    assert apart == Apart()
    assert not rows


def test_what_is_much_goes_into_a_row_and_only_changes_stay() -> None:
    many = memory(range(100))
    apart, _, rows = settled(Apart(), many)
    assert list(rows) == [NAMES[0]]
    assert len(change(apart, many)) == 0
    grown = many.keep(range(1, 100)).add([Item(100, "said", "", 100, 0, "one more")])
    same, changed, rows = settled(apart, grown)
    assert same is apart
    assert not rows
    assert changed.gone == (0,)
    assert changed.recent.texts() == ["one more"]


def test_two_rows_take_turns_and_the_one_before_goes_a_write_later() -> None:
    first, _, _ = settled(Apart(), memory(range(100)))
    second, _, rows = settled(first, memory(range(200)))
    assert list(rows) == [NAMES[1]]
    assert second.spent
    third, _, rows = settled(second, memory(range(200)))
    assert rows == {NAMES[0]: None}
    again, _, rows = settled(third, memory(range(200)))
    assert again is third
    assert not rows


def test_a_state_that_was_stored_before_its_new_row_still_finds_its_own() -> None:
    stored: Stored = {}
    before, value, rows = ContextState(memory=memory(range(100))).stored()
    written(stored, rows)
    # The worker ends between the row and the state.
    _, _, rows = replace(before, memory=memory(range(50, 200))).stored()
    written(stored, rows)
    assert ContextState.loads(value, stored.get).memory == before.memory


def test_an_item_that_is_encoded_later_is_a_change() -> None:
    many = memory(range(100))
    apart, _, _ = settled(Apart(), many)
    encoded = many.encoded([7], np.ones((1, WIDTH), np.float32))
    changed = change(apart, encoded)
    assert changed.gone == ()
    assert changed.recent.texts() == ["sentence 7"]
    assert restored(apart, changed.gone, changed.recent) == encoded


@given(st.data())
def test_any_history_reads_back_as_it_was_and_its_row_is_never_written_over(data: st.DataObject) -> None:
    stored: Stored = {}
    state, number, spent = ContextState(), 0, False
    for _ in range(data.draw(st.integers(1, 12))):
        new = data.draw(st.integers(0, 40))
        half = state.memory.keep(range(0, len(state.memory), 2))
        old = {"all": state.memory, "none": Memory.empty(), "every second": half}
        after = old[data.draw(st.sampled_from(sorted(old)))].joined(memory(range(number, number + new)))
        number += new
        waiting = np.flatnonzero(after.ready == 0)[: data.draw(st.integers(0, 3))]
        after = after.encoded(waiting.tolist(), np.ones((len(waiting), WIDTH), np.float32))
        own = state.apart.row
        state, value, rows = replace(state, memory=after).stored()
        assert own is None or not rows.get(NAMES[own])
        written(stored, rows)
        assert value == state.dumps()
        if data.draw(st.booleans()):
            state = ContextState.loads(value, stored.get)
        assert state.memory == after
        assert len(change(state.apart, after)) <= MOST_CHANGES
        # The row before goes at the write after the one that replaced it.
        assert len(stored) <= (2 if state.apart.spent else 1)
        assert not (spent and state.apart.spent) or any(rows.values())
        spent = state.apart.spent


def test_a_memory_that_was_emptied_leaves_no_row() -> None:
    stored: Stored = {}
    state, _, rows = ContextState(memory=memory(range(100))).stored()
    written(stored, rows)
    state, value, rows = replace(state, memory=Memory.empty()).stored()
    written(stored, rows)
    assert not stored
    assert ContextState.loads(value, stored.get).memory == Memory.empty()


def test_what_the_learner_asks_to_forget_stands_in_no_row() -> None:
    stored: Stored = {}
    told = response(1, message_text="My favourite animal is the axolotl called Bertram.")
    state = observe_response(ContextState(memory=memory(range(100))), told, SETTINGS)
    state, _, rows = state.stored()
    written(stored, rows)
    assert b"Bertram" in b"".join(stored.values())
    state = observe_response(
        state, response(2, message_text="Please forget about the axolotl called Bertram."), SETTINGS
    )
    state, value, rows = state.stored()
    written(stored, rows)
    _, _, rows = state.stored()
    written(stored, rows)
    assert b"Bertram" not in b"".join(stored.values())
    assert len(ContextState.loads(value, stored.get).memory) >= 100


def test_a_state_of_the_version_before_is_read_whole() -> None:
    # Written by the version that had no rows: one turn, two items.
    packed = (
        "eNpjcmBgYKhWKlGyio421FEqVNJRKlLSMdWJjo2N1VHKU7ICCuYCJYGcAiWrvNKcHB2lYhgjB8KoZWQCGiIPxKwMEACj26ST+3at3XMEymUQ"
        "AGJBIGaEYn6oPgY2BpqD3EqFvMTcVIXMYgXHlESujMScstRihcSiVIXUxOJKLgA5niHy"
    )
    state = ContextState.loads(zlib.decompress(base64.b64decode(packed)))
    assert [turn.message for turn in state.turns] == ["q"]
    assert state.memory.texts() == ["my name is Ada", "halves are easy"]


@pytest.mark.parametrize("head", [b'"a":[2,0,false,[]]', b'"a":[null,0,false,[-1]]', b'"a":[0,0]', b'"b":0'])
def test_a_damaged_head_is_said(head: bytes) -> None:
    value = ContextState(memory=memory(range(3))).dumps()
    good = b'"a":[null,0,false,[]]'
    assert good in value
    length = LENGTH.pack(LENGTH.unpack_from(value, 1)[0] + len(head) - len(good))
    damaged = value[:1] + length + value[1 + LENGTH.size :].replace(good, head)
    if head == b'"a":[null,0,false,[-1]]':
        assert ContextState.loads(damaged).memory == memory(range(3))
    else:
        with pytest.raises(StateError):
            ContextState.loads(damaged)


@pytest.mark.parametrize("row", [None, memory(range(3)).dumps()])
def test_where_the_row_is_missing_or_another_one_the_learner_goes_on_without(
    row: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    before, _, _ = ContextState(memory=memory(range(100))).stored()
    after, value, rows = replace(before, memory=before.memory.joined(memory(range(100, 105)))).stored()
    assert not rows
    read = ContextState.loads(value, lambda _: row)
    assert read.memory == memory(range(100, 105))
    assert read.turns == after.turns
    assert "memory is lost" in caplog.text
    # What comes later is kept again.
    _, _, rows = replace(read, memory=read.memory.joined(memory(range(200, 300)))).stored()
    assert list(rows) == [NAMES[0]]
