"""The class's mood is a mean of what could be read lately."""

import pytest

from cli.demo.seen.feelings import SECONDS, Feelings
from cli.demo.seen.record import Seen
from schemas.topics import MESSAGES, SCORED
from tests.cli.demo.records import reading, seen


def scored(at: float, **emotion: object) -> Seen:
    return seen(SCORED, at=at, emotion=reading(**emotion))


def noted(*records: Seen) -> Feelings:
    feelings = Feelings()
    for record in records:
        feelings.note(record)
    return feelings


def test_means_are_ranked() -> None:
    feelings = noted(
        scored(0.0, states={"bored": 0.2, "engaged": 0.8}), scored(1.0, states={"bored": 0.4, "engaged": 0.6})
    )
    assert [name for name, _ in feelings.states(1.0)] == ["engaged", "bored"]
    assert dict(feelings.states(1.0)) == pytest.approx({"engaged": 0.7, "bored": 0.3})


def test_what_is_old_is_forgotten() -> None:
    feelings = noted(scored(0.0, states={"bored": 1.0}), scored(SECONDS, states={"bored": 0.0}))
    assert feelings.states(SECONDS + 1.0) == [("bored", 0.0)]
    assert feelings.states(3 * SECONDS) == []


def test_a_text_that_allows_no_reading_is_left_out() -> None:
    assert noted(scored(0.0, cant_tell=True), seen(MESSAGES)).states(0.0) == []


def test_neutral_is_no_emotion_to_show() -> None:
    feelings = noted(scored(0.0, emotions={"neutral": 0.9, "curiosity": 0.5, "joy": 0.2, "anger": 0.1}))
    assert [name for name, _ in feelings.emotions(0.0, 2)] == ["curiosity", "joy"]
