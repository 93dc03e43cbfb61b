import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.routing.ledger import MAX_TURNS, ConversationState, LedgerError, Turn
from tests.agents.routing.replies import response

TURNS = st.lists(
    st.builds(
        Turn,
        turn=st.integers(1, 2**40),
        message_id=st.uuids().map(str),
        text=st.text(max_size=50),
        reply=st.text(max_size=50),
        response=st.binary(max_size=50),
    ),
    max_size=5,
)


@given(st.integers(0, 2**50), TURNS, st.integers(0, 2**31), st.integers(0, 2**50))
def test_stored_form_reads_back(last: int, turns: list[Turn], day: int, spent: int) -> None:
    state = ConversationState(last, tuple(turns), day, spent)
    assert ConversationState.loads(state.dumps()) == state


def test_no_bytes_are_a_new_learner() -> None:
    assert ConversationState.loads(b"") == ConversationState()


@given(st.binary(min_size=1, max_size=200))
def test_other_bytes_are_refused_and_never_crash(stored: bytes) -> None:
    try:
        state = ConversationState.loads(stored)
    except LedgerError:
        return
    assert state.dumps() == stored


def test_cut_bytes_are_refused() -> None:
    stored = ConversationState().with_reply(response(turn=1), day=1).dumps()
    for length in range(1, len(stored)):
        with pytest.raises(LedgerError):
            ConversationState.loads(stored[:length])


def test_other_version_is_named() -> None:
    with pytest.raises(LedgerError, match="version 9"):
        ConversationState.loads(b"\x09" + ConversationState().dumps()[1:])


def test_stored_response_comes_back_as_it_was_sent() -> None:
    first, second = response(turn=1), response(turn=2)
    state = ConversationState().with_reply(first, day=1).with_reply(second, day=1)
    state = ConversationState.loads(state.dumps())
    assert state.find(first["message_id"]) == first
    assert state.find(second["message_id"]) == second
    assert state.find(str(uuid.uuid4())) is None


def test_ring_is_bounded_in_turns() -> None:
    state = ConversationState()
    for turn in range(1, 50):
        state = state.with_reply(response(turn=turn), day=1)
    assert [entry.turn for entry in state.turns] == list(range(50 - MAX_TURNS, 50))
    assert state.last_turn == 49


def test_ring_is_bounded_in_bytes_and_drops_responses_before_turns() -> None:
    state, kept = ConversationState(), []
    for turn in range(1, 13):
        kept.append(response(turn=turn, text="word " * 200))
        state = state.with_reply(kept[-1], day=1, max_bytes=20_000)
        assert sum(entry.size for entry in state.turns) <= 20_000
    assert len(state.turns) == 12
    oldest, newest = kept[0]["message_id"], kept[-1]["message_id"]
    assert state.find(oldest) is None
    assert state.knows(oldest)
    assert state.find(newest) == kept[-1]


def test_newest_turn_stays_whole_even_when_it_is_too_long() -> None:
    state = ConversationState().with_reply(response(turn=1), day=1, max_bytes=100)
    last = response(turn=2, text="word " * 500)
    state = state.with_reply(last, day=1, max_bytes=100)
    assert [entry.turn for entry in state.turns] == [2]
    assert state.find(last["message_id"]) == last


def test_spending_is_counted_by_day() -> None:
    state = ConversationState().with_reply(response(turn=1, cost_usd=0.25), day=7)
    state = state.with_reply(response(turn=2, cost_usd=0.5), day=7)
    assert state.spent_usd(7) == pytest.approx(0.75)
    assert state.spent_usd(8) == 0.0
    state = state.with_reply(response(turn=3, cost_usd=0.125), day=8)
    assert state.spent_usd(8) == pytest.approx(0.125)
