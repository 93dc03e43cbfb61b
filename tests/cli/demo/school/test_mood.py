"""Moods: errors annoy, success relieves, and the tutor's manner has to fit."""

import pytest

from cli.demo.school.actions import Reply
from cli.demo.school.mood import Mood

PLAIN = Reply("Go on.")
GENTLE = Reply("One step.", tone="calm", acknowledge=True, smaller_steps=True)
HARDER = Reply("A harder one.", tone="brisk", challenge=True)


def test_errors_add_up_to_frustration_and_it_shows() -> None:
    mood = Mood()
    for _ in range(3):
        mood.after_outcome(False, 0.7)
    assert mood.strongest() == "frustration"


def test_patience_slows_it() -> None:
    patient, hasty = Mood(patience=2.0), Mood(patience=0.5)
    for mood in (patient, hasty):
        mood.after_outcome(False, 0.7)
    assert patient.frustration < hasty.frustration


def test_what_is_too_easy_bores_and_what_is_not_does_not() -> None:
    easy, hard = Mood(boredom=0.4), Mood(boredom=0.4)
    easy.after_outcome(True, 0.95)
    hard.after_outcome(True, 0.5)
    assert easy.boredom > 0.4 > hard.boredom


@pytest.mark.parametrize(
    ("mood", "fitting", "unfitting"),
    [
        (Mood(frustration=0.9), GENTLE, PLAIN),
        (Mood(confusion=0.9), GENTLE, PLAIN),
        (Mood(nerves=0.9), GENTLE, HARDER),
        (Mood(boredom=0.9), HARDER, GENTLE),
    ],
)
def test_each_feeling_has_its_manner(mood: Mood, fitting: Reply, unfitting: Reply) -> None:
    other = Mood(mood.frustration, mood.confusion, mood.boredom, mood.nerves)
    assert mood.after_reply(fitting) > other.after_reply(unfitting)


def test_a_fitting_reply_relieves_more() -> None:
    met, ignored = Mood(frustration=0.9), Mood(frustration=0.9)
    met.after_reply(GENTLE)
    ignored.after_reply(PLAIN)
    assert met.frustration < ignored.frustration


def test_no_tutor_is_no_help() -> None:
    mood = Mood(frustration=0.3)
    assert mood.after_reply(Reply("offline", by_tutor=False)) == 0.0
    assert mood.frustration > 0.3


def test_levels_stay_between_none_and_all() -> None:
    mood = Mood()
    for _ in range(50):
        mood.after_outcome(False, 1.0)
    assert mood.frustration == 1.0
    for _ in range(50):
        mood.after_outcome(True, 0.5)
    assert mood.frustration == mood.boredom == 0.0


def test_a_calm_learner_shows_nothing() -> None:
    assert Mood().strongest() == ""
