import pytest

from agents.emotion.states import STATES, learning_states


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("frustrated", "ugh this is so stupid, I give up"),
        ("confused", "I don't get why we flip it"),
        ("bored", "this is boring, when is it over"),
        ("engaged", "cool, can we try another one"),
        ("anxious", "I'm so nervous about the exam"),
        ("confident", "got it, that makes sense now"),
    ],
)
def test_what_learners_say_outright_counts(state: str, text: str) -> None:
    said = learning_states({}, text)
    assert said[state] > 0.5
    assert said[state] > learning_states({}, "the answer")[state]


def test_emotions_alone_move_the_states() -> None:
    calm = learning_states({}, "")
    assert learning_states({"confusion": 0.9}, "")["confused"] > 0.5 > calm["confused"]
    assert learning_states({"annoyance": 0.8, "anger": 0.3}, "")["frustrated"] > 0.5 > calm["frustrated"]
    assert learning_states({"nervousness": 0.6}, "")["anxious"] > calm["anxious"]


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("confused", "I am not really confused"),
        ("frustrated", "I won't give up"),
        ("frustrated", "I don't hate this"),
        ("bored", "this isn't boring"),
        ("anxious", "I'm no longer so nervous"),
        ("anxious", "I wasn't even that worried"),
    ],
)
def test_a_denied_feeling_lowers_the_state(state: str, text: str) -> None:
    assert learning_states({}, text)[state] < learning_states({}, "")[state]


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("frustrated", "it doesn't work ugh"),
        ("frustrated", "it doesn't make sense, so annoying"),
        ("anxious", "I can't stop worrying"),
        ("anxious", "I did not sleep, I'm so nervous"),
    ],
)
def test_a_feeling_beside_something_denied_counts(state: str, text: str) -> None:
    assert learning_states({}, text)[state] > learning_states({}, "")[state]


def test_states_are_probabilities_for_any_input() -> None:
    for text in ("", "x" * 5000, "don't " * 500):
        states = learning_states(dict.fromkeys(("confusion", "anger"), 1.0), text)
        assert tuple(states) == STATES
        assert all(0.0 < value < 1.0 for value in states.values())
