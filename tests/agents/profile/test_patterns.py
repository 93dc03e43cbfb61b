"""Patterns of behaviour: the definitions, and that they show in learning events."""

from math import log

import pytest

from agents.profile import patterns
from agents.profile.observe import Observed, observe_attempt
from agents.profile.shared import Shared
from agents.profile.state import ProfileState, loads
from tests.agents.profile.given import DAY, MINUTE, NOON, attempt


def kinds(observed: Observed) -> list[str]:
    return [one["kind"] for one in observed.learning_events if one["kind"] in patterns.KINDS]


def practised(outcomes: list[bool], shared: Shared | None = None, **changes: object) -> list[list[str]]:
    """The patterns that each attempt of a new learner shows."""
    state, shared = ProfileState(), shared or Shared()
    found = []
    for number, correct in enumerate(outcomes):
        state = loads(state.dumps())
        found.append(kinds(observe_attempt(state, attempt(correct, at=NOON + number * MINUTE, **changes), shared)))
    return found


def test_ten_attempts_without_mastery_spin_the_wheel_once() -> None:
    found = practised([False] * 14)
    assert [place for place, shown in enumerate(found) if "wheel_spinning" in shown] == [9]


def test_mastery_after_errors_was_a_productive_struggle_and_no_wheel_spinning() -> None:
    found = practised([False, False, False, *[True] * 20])
    assert sum("productive_struggle" in shown for shown in found) == 1


def test_mastery_without_errors_was_no_struggle() -> None:
    assert practised([True] * 15) == [[]] * 15


@pytest.mark.parametrize(
    ("seconds", "typical", "rapid"),
    [(1.9, 20.0, True), (2.1, 20.0, False), (9.0, 500.0, True), (11.0, 500.0, False), (None, 20.0, False)],
)
def test_a_rapid_guess_takes_less_than_a_tenth_of_what_is_typical(
    seconds: float | None, typical: float, rapid: bool
) -> None:
    assert patterns.is_rapid_guess(seconds, log(typical)) == rapid
    assert not patterns.is_rapid_guess(seconds, None)


def test_rapid_guesses_show_once_it_is_known_what_is_typical() -> None:
    shared = Shared()
    practised([True] * 3, shared, duration_ms=30_000)
    assert practised([False], shared, duration_ms=900) == [["rapid_guess"]]
    assert practised([False], shared, duration_ms=9000) == [[]]


@pytest.mark.parametrize(("hints", "seconds", "abuse"), [(3, 8.0, True), (3, 9.5, False), (1, 1.0, False)])
def test_hints_that_are_clicked_through(hints: int, seconds: float, abuse: bool) -> None:
    assert patterns.is_help_abuse(hints, seconds) == abuse
    found = practised([False], hints_used=hints, duration_ms=int(seconds * 1000))
    assert ("help_abuse" in found[0]) == abuse
    assert not patterns.is_help_abuse(hints, None)


def test_a_struggle_by_guessing_is_not_productive() -> None:
    assert patterns.is_productive_struggle(8, 4, hasty=0.1)
    assert not patterns.is_productive_struggle(8, 4, hasty=0.8)
    assert not patterns.is_productive_struggle(8, 6, hasty=0.1)


def test_coming_ever_more_seldom_is_fading() -> None:
    state, shared = ProfileState(), Shared()
    at, shown = NOON, []
    for gap in (1, 1, 1, 2, 4, 9, 1):
        shown.append(kinds(observe_attempt(state, attempt(at=at), shared)))
        at += gap * DAY
    shown.append(kinds(observe_attempt(loads(state.dumps()), attempt(at=at), shared)))
    assert [place for place, found in enumerate(shown) if "fading" in found] == [5]


def test_regular_gaps_are_not_fading() -> None:
    gaps: list[float] = []
    for gap in (2.0, 2.0, 2.0, 2.0):
        gaps = patterns.grown(gaps, gap)
    assert gaps == [2.0]
    assert not patterns.is_fading([1.0, 2.0, 3.0], 2.0)
    assert not patterns.is_fading([1.0, 2.0, 9.0], None)
