"""The emotion baseline: a plain mean at first, then one that forgets."""

import pytest

from agents.emotion.scorer import off_scores
from agents.profile.mood import WEIGHT, note_reading
from agents.profile.state import ProfileState
from schemas.readings import OFF
from tests.agents.profile.given import reading


def test_the_first_readings_are_a_plain_mean() -> None:
    state = ProfileState()
    for value in (0.2, 0.4, 0.9):
        note_reading(state, reading(confused=value) | {"valence": -value})
    assert state.mood == {"confused": pytest.approx(0.5), "valence": pytest.approx(-0.5)}
    assert state.mood_n == 3


def test_later_a_reading_weighs_a_tenth() -> None:
    state = ProfileState()
    for _ in range(50):
        note_reading(state, reading(confused=0.0))
    note_reading(state, reading(confused=1.0))
    assert state.mood["confused"] == pytest.approx(WEIGHT)


def test_a_state_that_comes_later_begins_with_its_own_first_value() -> None:
    state = ProfileState()
    note_reading(state, reading(confused=0.4))
    note_reading(state, reading(bored=0.6))
    assert state.mood["bored"] == 0.6
    assert state.mood["confused"] == 0.4


@pytest.mark.parametrize("says_nothing", [reading(), reading(confused=1.0) | {"cant_tell": True}])
def test_a_reading_that_says_nothing_leaves_it(says_nothing: dict[str, object]) -> None:
    state = ProfileState()
    note_reading(state, says_nothing)
    assert (state.mood, state.mood_n) == ({}, 0)


def test_a_reading_that_says_that_scoring_is_off_ends_it() -> None:
    state = ProfileState()
    note_reading(state, reading(frustrated=0.9))
    note_reading(state, reading() | {"model": OFF})
    assert (state.mood, state.mood_n) == ({}, 0)
    assert off_scores(crisis=False).model == OFF
