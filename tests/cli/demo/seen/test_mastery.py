"""Mastery over learners: first against latest, and never back to an older snapshot."""

import pytest

from cli.demo.seen.mastery import SAMPLE_SECONDS, SAMPLES, Mastery
from cli.demo.seen.record import Seen
from schemas.topics import PROFILES, RESPONSES
from tests.cli.demo.records import concept, seen


def profile(learner: str, revision: int, *concepts: dict[str, object], at: float = 0.0) -> Seen:
    return seen(PROFILES, learner_id=learner, revision=revision, concepts=list(concepts), at=at)


def test_first_and_latest_are_means_over_learners() -> None:
    mastery = Mastery()
    mastery.note(profile("ada", 1, concept("ratio", 0.2)))
    mastery.note(profile("ben", 1, concept("ratio", 0.4, attempts=2)))
    mastery.note(profile("ada", 2, concept("ratio", 0.8, attempts=3, mastered=True)))
    (course,) = mastery.courses(5)
    assert (course.learners, course.attempts, course.mastered) == (2, 5, 1)
    assert course.first == pytest.approx(0.3)
    assert course.now == pytest.approx(0.6)


def test_an_older_snapshot_changes_nothing() -> None:
    mastery = Mastery()
    mastery.note(profile("ada", 2, concept("ratio", 0.8)))
    mastery.note(profile("ada", 1, concept("ratio", 0.1)))
    assert mastery.courses(1)[0].now == 0.8


def test_what_was_never_tried_and_other_records_are_left_out() -> None:
    mastery = Mastery()
    mastery.note(profile("ada", 1, concept("ratio", 0.5, attempts=0)))
    mastery.note(seen(RESPONSES))
    assert mastery.courses(5) == []


def test_the_most_practised_come_first() -> None:
    mastery = Mastery()
    mastery.note(profile("ada", 1, concept("ratio", 0.5, attempts=1), concept("decimals", 0.5, attempts=4)))
    assert [course.concept_id for course in mastery.courses(1)] == ["decimals"]


def test_history_is_sampled_and_bounded() -> None:
    mastery = Mastery()
    for revision in range(5 * SAMPLES):
        at = revision * SAMPLE_SECONDS / 2
        mastery.note(profile("ada", revision, concept("ratio", revision / (5 * SAMPLES)), at=at))
    history = mastery.courses(1)[0].history
    assert len(history) == SAMPLES
    assert list(history) == sorted(history)
