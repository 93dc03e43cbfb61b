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


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("confused", "I wasn't confused before but now I'm totally lost"),
        ("frustrated", "I didn't give up on part a, but I give up on this one"),
        ("anxious", "I'm not worried about the test, I'm scared of the exam"),
    ],
)
def test_what_is_said_outright_stands_beside_the_same_denied(state: str, text: str) -> None:
    assert learning_states({}, text)[state] > 0.5


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("anxious", "What does the nervous system do?"),
        ("anxious", "What is the stress on a steel beam of 2 cm?"),
        ("anxious", "Which is the stressed syllable?"),
        ("anxious", "What led to the panic of 1873?"),
        ("bored", "Whatever x is, the square is positive"),
        ("confident", "I got it wrong again"),
        ("confident", "nothing makes sense"),
        ("confident", "none of this makes sense"),
        ("confident", "I'm pretty sure I'll fail"),
        ("confident", "i'm sure i will never get this"),
    ],
)
def test_words_of_a_lesson_and_of_failure_are_not_taken_for_a_feeling(state: str, text: str) -> None:
    assert learning_states({}, text)[state] == learning_states({}, "")[state]


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("anxious", "so nervous, the exam stresses me"),
        ("anxious", "i'm stressed out"),
        ("bored", "ok whatever."),
        ("confident", "I got it!"),
        ("confident", "that makes sense"),
        ("confident", "pretty sure it's 5"),
    ],
)
def test_the_same_words_said_of_oneself_are(state: str, text: str) -> None:
    assert learning_states({}, text)[state] > 0.6


def test_states_are_probabilities_for_any_input() -> None:
    for text in ("", "x" * 5000, "don't " * 500):
        states = learning_states(dict.fromkeys(("confusion", "anger"), 1.0), text)
        assert tuple(states) == STATES
        assert all(0.0 < value < 1.0 for value in states.values())
