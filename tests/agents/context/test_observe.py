import uuid

from agents.context.enrich import enrich
from agents.context.observe import observe_profile, observe_response, observe_signal
from agents.context.state import ContextState
from tests.agents.context.events import (
    MINUTE,
    NOON,
    SESSION,
    SETTINGS,
    knowledge,
    message,
    profile,
    reading,
    response,
    signal,
)


def test_a_response_twice_is_a_response_once() -> None:
    once = observe_response(ContextState(), response(1), SETTINGS)
    assert observe_response(once, response(1), SETTINGS) == once


def test_a_turn_long_gone_does_not_come_back() -> None:
    state = ContextState()
    for number in range(1, 30):
        state = observe_response(state, response(number), SETTINGS)
    assert observe_response(state, response(3), SETTINGS) == state


def test_a_late_turn_takes_its_place_and_counts_in_the_sitting() -> None:
    state = ContextState()
    for number in (1, 3, 2):
        state = observe_response(state, response(number), SETTINGS)
    assert [turn.number for turn in state.turns] == [1, 2, 3]
    assert state.turns_through == 3
    assert state.sitting is not None
    assert state.sitting.messages == 3


def test_an_older_snapshot_does_not_replace_a_newer_one() -> None:
    newer = observe_profile(ContextState(), profile(5, attempts=9))
    assert observe_profile(newer, profile(4, attempts=8)) == newer
    assert observe_profile(newer, profile(5, attempts=8)) == newer
    assert observe_profile(newer, profile(6, attempts=10)) != newer


def test_traits_without_evidence_are_left_out() -> None:
    traits = [
        {"name": "pace", "value": None, "unit": "s", "evidence": 0, "uncertainty": None},
        {"name": "hint_rate", "value": 0.25, "unit": "per item", "evidence": 8, "uncertainty": 0.1},
    ]
    state = observe_profile(ContextState(), profile(traits=traits, concepts=[knowledge("a")]))
    assert state.profile is not None
    assert state.profile.traits == (("hint_rate", 0.25, "per item"),)


def test_a_reading_that_cannot_tell_leaves_the_mood_alone() -> None:
    state = observe_response(ContextState(), response(1, emotion=reading(cant_tell=True)), SETTINGS)
    assert state.moods == ()
    state = observe_response(state, response(2, emotion=reading(-0.5, states={"frustrated": 0.7})), SETTINGS)
    assert [(mood.turn, mood.valence, mood.state) for mood in state.moods] == [(2, -0.5, "frustrated")]
    assert state.sitting is not None
    assert state.sitting.mood == "frustrated"


def test_where_scoring_was_turned_off_no_mood_is_told_any_more() -> None:
    state, later = ContextState(), str(uuid.UUID(int=8))
    for number, session in ((1, SESSION), (2, later)):
        feeling = reading(-0.5, states={"frustrated": 0.7})
        state = observe_response(state, response(number, session_id=session, emotion=feeling), SETTINGS)
    off = reading(model="off", states={}, cant_tell=True)
    state = observe_response(state, response(3, session_id=later, emotion=off), SETTINGS)
    event, _ = enrich(state, message(session_id=later, sent_at=NOON + 4 * MINUTE), NOON, SETTINGS)
    assert {"analytics:last_session"} < {piece["piece_id"] for piece in event["pieces"]}
    assert not any(piece["layer"] == "emotion" or "frustrated" in piece["text"] for piece in event["pieces"])


def test_signals_open_and_close_the_sitting() -> None:
    state = observe_signal(ContextState(), signal("SESSION_OPENED"))
    assert state.sitting is not None
    assert not state.sitting.closed
    closed = observe_signal(state, signal("SESSION_CLOSED", sent_at=NOON + MINUTE))
    assert closed.sitting is not None
    assert closed.sitting.closed
    assert observe_signal(closed, signal("SESSION_CLOSED", sent_at=NOON + MINUTE)) == closed
