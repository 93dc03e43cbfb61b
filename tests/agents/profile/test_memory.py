"""The memory model against the library whose formulas it writes out."""

from datetime import UTC, datetime, timedelta

import pytest
from fsrs import Card, Rating, Scheduler
from hypothesis import given
from hypothesis import strategies as st

from agents.profile.concepts import Concept
from agents.profile.memory import DESIRED_RETENTION, rating, retrievability, review
from agents.profile.recall import DAY

LIBRARY = Scheduler(desired_retention=DESIRED_RETENTION, learning_steps=(), relearning_steps=(), enable_fuzzing=False)
START = datetime(2026, 1, 1, tzinfo=UTC)


@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.one_of(st.integers(0, 86_399), st.integers(0, 400 * 86_400))),
        min_size=1,
        max_size=30,
    )
)
def test_every_review_is_the_library_s(reviews: list[tuple[int, int]]) -> None:
    concept, card = Concept(), Card(card_id=1)
    at = START
    for rated, later in reviews:
        at += timedelta(seconds=later)
        micros = int(at.timestamp()) * 1_000_000
        review(concept, rated, micros)
        concept.last_at = micros
        card, _ = LIBRARY.review_card(card, Rating(rated), at)
        assert concept.stability == pytest.approx(card.stability)
        assert concept.difficulty == pytest.approx(card.difficulty)
        assert concept.due_at == int(card.due.timestamp()) * 1_000_000


def test_recall_falls_from_one_to_the_desired_retention_when_due_and_on() -> None:
    concept = Concept()
    assert retrievability(concept, 0) is None
    review(concept, 3, DAY)
    concept.last_at = DAY
    curve = [retrievability(concept, DAY + days * DAY) or 0.0 for days in (0, 1, 2, 30, 365)]
    assert curve[0] == 1.0
    assert curve == sorted(curve, reverse=True)
    assert curve[2] == pytest.approx(DESIRED_RETENTION, abs=0.02)
    assert curve[-1] > 0.0


@pytest.mark.parametrize(
    ("correct", "hints", "quick", "rated"),
    [(False, 0, True, 1), (True, 1, True, 2), (True, 0, False, 3), (True, 0, True, 4)],
)
def test_ratings(correct: bool, hints: int, quick: bool, rated: int) -> None:
    assert rating(correct, hints, quick) == rated


def test_an_attempt_from_before_the_last_one_counts_as_one_at_its_time() -> None:
    concept = Concept()
    review(concept, 3, 10 * DAY)
    concept.last_at = 10 * DAY
    review(concept, 1, DAY)
    assert concept.due_at > 10 * DAY
