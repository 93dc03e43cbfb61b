"""Replies say that they are rehearsed, keep to the plan and stay the same for the same question."""

import itertools

import pytest

from config import curriculum
from local.rehearsal.asked import Asked
from local.rehearsal.compose import MARK, compose
from local.rehearsal.lessons import lessons

SCHOOL = curriculum.load()
ITEM = SCHOOL.items["adf-3"]


def reply(asked: Asked) -> str:
    return compose(asked, lessons(), SCHOOL)


@pytest.mark.parametrize("concept", [None, "chess", *SCHOOL.concepts])
@pytest.mark.parametrize("tone", ["neutral", "warm", "encouraging", "calm", "brisk", "unheard of"])
def test_every_reply_says_what_it_is(concept: str | None, tone: str) -> None:
    for one, two, three, four in itertools.product((False, True), repeat=4):
        text = reply(Asked("How?", concept, None, tone, "explain", one, two, three, four))
        assert text.startswith(MARK) and "{" not in text and "  " not in text


def test_the_same_question_gets_the_same_reply() -> None:
    assert reply(Asked("How?", "ratio")) == reply(Asked("How?", "ratio"))


def test_questions_differ_in_their_replies() -> None:
    assert len({reply(Asked(f"How {n}?", "ratio", tone="warm")) for n in range(30)}) > 3


def test_it_is_about_the_concept() -> None:
    assert lessons().about("ratio").idea in reply(Asked("How?", "ratio"))


def test_smaller_steps_give_one_and_no_more() -> None:
    small = reply(Asked("How?", "adding-fractions", ITEM, smaller_steps=True))
    assert ITEM.hints[0] in small
    assert lessons().about("adding-fractions").idea not in small
    assert lessons().about("ratio").step in reply(Asked("How?", "ratio", smaller_steps=True))


def test_a_worked_example_is_shown_where_it_is_the_next_step() -> None:
    assert lessons().about("ratio").example in reply(Asked("How?", "ratio", step="worked_example"))


def test_a_challenge_is_the_hardest_of_the_concept() -> None:
    hardest = max(SCHOOL.concepts["ratio"].items, key=lambda item: item.difficulty)
    assert hardest.question in reply(Asked("boring", "ratio", challenge=True))


def test_practice_offers_another_item_than_the_one_at_hand() -> None:
    text = reply(Asked("How?", "adding-fractions", ITEM, task="practise"))
    assert ITEM.question not in text and any(i.question in text for i in SCHOOL.concepts["adding-fractions"].items)


def test_a_pause_is_offered() -> None:
    assert lessons().endings["suggest_break"][0] in reply(Asked("How?", "ratio", suggest_break=True))
