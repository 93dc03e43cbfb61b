import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.context.enrich import enrich
from agents.context.observe import observe_profile, observe_response, observe_signal
from agents.context.state import CONDENSED_CHARS, VERBATIM_CHARS, ContextState, Mood, StateError, Turn
from agents.newer import NewerStateError
from tests.agents.context.events import (
    MINUTE,
    NOON,
    SESSION,
    SETTINGS,
    knowledge,
    message,
    next_step,
    profile,
    reading,
    response,
    signal,
)


def filled() -> ContextState:
    state = ContextState()
    for number in range(1, 15):
        state = observe_response(state, response(number, emotion=reading(0.1 * (number % 5))), SETTINGS)
    state = observe_signal(state, signal(session_id=None, sent_at=NOON + 100 * MINUTE))
    return observe_profile(state, profile(concepts=[knowledge(due_at=NOON)], next_step=next_step()))


def test_bytes_and_back_is_the_same_state() -> None:
    state = filled()
    assert ContextState.loads(state.dumps()) == state
    assert ContextState.loads(None) == ContextState() == ContextState.loads(ContextState().dumps())


@pytest.mark.parametrize(
    "value", [b"\x01{}", b"\x03\x01", b"\x03\x02\0\0\0{}", b'\x03\x07\0\0\0{"t":5}', b"\x02\x02\0\0\0{}"]
)
def test_refuses_bytes_of_another_version_or_none(value: bytes) -> None:
    with pytest.raises(StateError):
        ContextState.loads(value)


def test_a_newer_version_is_named() -> None:
    with pytest.raises(NewerStateError, match="version 9"):
        ContextState.loads(b"\x09{}")


@given(st.permutations(range(1, 20)), st.integers(min_value=1, max_value=19))
def test_the_same_turns_in_any_order_and_twice_make_the_same_conversation(order: list[int], again: int) -> None:
    straight, mixed = ContextState(), ContextState()
    for number in range(1, 20):
        straight = straight.with_turn(Turn(number, f"q {number}" * 100, f"a. {number}" * 200, number), 12)
    for number in [*order, again]:
        mixed = mixed.with_turn(Turn(number, f"q {number}" * 100, f"a. {number}" * 200, number), 12)
    assert mixed == straight
    assert [turn.number for turn in mixed.turns] == list(range(8, 20))
    assert mixed.turns_through == 19


def test_older_turns_are_condensed_once_the_newer_fill_their_room() -> None:
    state = ContextState()
    for number in range(1, 13):
        state = state.with_turn(Turn(number, "short", f"Sentence number {number}. " * 60, number), 12)
    lengths = [len(turn.reply) for turn in state.turns]
    whole = [length > 1000 for length in lengths]
    assert whole == sorted(whole)
    assert sum(length for length in lengths if length > 1000) <= VERBATIM_CHARS
    assert all(length <= CONDENSED_CHARS for length, kept in zip(lengths, whole, strict=True) if not kept)


def test_stays_within_a_few_kilobytes_whatever_is_said() -> None:
    state = ContextState()
    for number in range(1, 60):
        huge = response(number, message_text="why? " * 1600, text="So 1 + 1 = 2. " * 5000, concepts=["c" * 200] * 9)
        state = observe_response(state, huge, SETTINGS)
        state = observe_profile(state, profile(number, concepts=[knowledge(f"c{n}") for n in range(500)]))
        _, state = enrich(state, message(sent_at=NOON + number * MINUTE), NOON, SETTINGS)
    assert len(state.dumps()) < 200_000
    ordinary = ContextState()
    for number in range(1, 60):
        ordinary = observe_response(
            ordinary, response(number, message_text="why is that? " * 5, text="Because of that. " * 25), SETTINGS
        )
    assert len(ordinary.dumps()) < 20_000


def test_half_an_hour_of_silence_ends_a_sitting_without_a_session_id() -> None:
    state = observe_response(ContextState(), response(1, session_id=None, sent_at=NOON), SETTINGS)
    same = state.in_sitting(None, NOON + 30 * MINUTE)
    assert same.last_sitting is None
    other = state.in_sitting(None, NOON + 31 * MINUTE)
    assert other.last_sitting is not None
    assert other.last_sitting.messages == 1
    assert other.sitting is not None
    assert other.sitting.started_at == NOON + 31 * MINUTE


def test_a_session_goes_on_over_a_long_silence_and_ends_with_another() -> None:
    state = observe_response(ContextState(), response(1), SETTINGS)
    assert state.in_sitting(SESSION, NOON + 600 * MINUTE).last_sitting is None
    assert state.in_sitting("another", NOON + 2 * MINUTE).last_sitting is not None


def test_what_is_older_than_the_sitting_changes_nothing() -> None:
    state = ContextState().in_sitting("now", NOON)
    assert state.in_sitting("before", NOON - MINUTE) == state


def test_moods_keep_the_last_few_in_order() -> None:
    state = ContextState()
    for turn in (3, 1, 2, 2, *range(4, 20)):
        state = state.with_mood(Mood(turn, 0.0, ""))
    assert [mood.turn for mood in state.moods] == list(range(12, 20))
