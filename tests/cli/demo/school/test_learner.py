"""A learner's sitting: one message at a time, and what the tutor did decides what comes next."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from cli.demo.school.actions import Action, Came, Judged, Reply, Suggestion, Tried, Wrote
from cli.demo.school.learner import Learner
from cli.demo.school.roster import make_class
from config import curriculum

SCHOOL = curriculum.load()
HELP = Reply("One step at a time.", tone="calm", acknowledge=True, smaller_steps=True)
NO_HELP = Reply("offline", by_tutor=False)


def learner(number: int = 0, seed: int = 1) -> Learner:
    return make_class(number + 1, seed, SCHOOL)[number]


def sit(one: Learner, seconds: float, reply: Reply | None) -> Iterator[tuple[float, Action]]:
    """The learner's actions; each message is answered half a second later, or never."""
    now, answer_at = 0.0, -1.0
    while now < seconds:
        if one.waiting and reply is not None and answer_at < 0:
            answer_at = now + 0.5
        if 0 <= answer_at <= now:
            answer_at = -1.0
            one.hear(replace(reply or HELP, concepts=()), now)
        for action in one.act(now):
            yield now, action
        now += 0.1


def test_comes_first_and_goes_on_to_try_and_write() -> None:
    actions = [action for _, action in sit(learner(), 60, HELP)]
    assert isinstance(actions[0], Came)
    assert {Tried, Wrote} <= {type(action) for action in actions}


def test_the_same_learner_in_the_same_class_does_the_same() -> None:
    assert list(sit(learner(3), 40, HELP)) == list(sit(learner(3), 40, HELP))


def test_nothing_is_done_while_an_answer_is_awaited() -> None:
    actions = [action for _, action in sit(learner(1), 60, None)]
    assert sum(isinstance(action, Wrote) for action in actions) == 1
    assert isinstance(actions[-1], Wrote)


def test_an_answer_nobody_waits_for_changes_nothing() -> None:
    one = learner()
    mood, due = replace(one.mood), one.due
    one.hear(HELP, 5.0)
    assert (one.mood, one.due, one.waiting) == (mood, due, False)


def test_what_the_tutor_did_shows_in_later_answers() -> None:
    def right(reply: Reply) -> tuple[int, int]:
        tries = [
            action
            for number in range(30)
            for _, action in sit(learner(number), 90, reply)
            if isinstance(action, Tried) and number % 6 in (1, 4, 5)
        ]
        return sum(tried.correct for tried in tries), len(tries)

    helped, of_helped = right(HELP)
    left, of_left = right(NO_HELP)
    assert helped / of_helped > left / of_left


def test_the_suggested_item_is_tried() -> None:
    one = learner()
    one.suggest(Suggestion("practice", "ratio", "rat-3"))
    tried = next(action for _, action in sit(one, 10, HELP) if isinstance(action, Tried))
    assert (tried.concept_id, tried.item_id) == ("ratio", "rat-3")


@pytest.mark.parametrize("kind", ["worked_example", "explain"])
def test_what_is_to_be_shown_is_asked_for_once(kind: str) -> None:
    one = learner()
    one.suggest(Suggestion(kind, "ratio", None))
    actions = [action for _, action in sit(one, 20, HELP)]
    wrote = next(action for action in actions if isinstance(action, Wrote))
    assert wrote.concept_id == "ratio" and "ratio" in wrote.text
    assert any(isinstance(action, Tried) and action.concept_id == "ratio" for action in actions)


def test_an_unknown_concept_is_not_followed() -> None:
    one = learner()
    one.suggest(Suggestion("explain", "of another school", None))
    tried = next(action for _, action in sit(one, 10, HELP) if isinstance(action, Tried))
    assert tried.concept_id == one.start


def test_replies_that_fit_are_called_helpful() -> None:
    kinds = {
        action.kind
        for number in range(12)
        for _, action in sit(learner(number), 60, HELP)
        if isinstance(action, Judged)
    }
    assert "HELPFUL" in kinds <= {"HELPFUL", "UNHELPFUL", "CONFUSED"}


def test_outcomes_and_answers_agree() -> None:
    for number in range(6):
        for _, action in sit(learner(number), 40, HELP):
            if isinstance(action, Tried):
                assert SCHOOL.items[action.item_id].is_right(action.answer) == action.correct
