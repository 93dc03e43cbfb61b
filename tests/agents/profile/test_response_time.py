"""How long the next attempt will take."""

import random
from math import exp, log

import pytest

from agents.profile import response_time
from agents.profile.observe import observe_attempt
from agents.profile.shared import Shared
from agents.profile.state import ProfileState, loads
from tests.agents.profile.given import MINUTE, NOON, attempt


def practised(shared: Shared, seconds: float, number: int = 12, item: str = "fractions-1") -> ProfileState:
    """A learner who took about `seconds` for each of `number` attempts."""
    rng = random.Random(3)
    state = ProfileState()
    for place in range(number):
        taken = int(1000 * seconds * exp(rng.gauss(0.0, 0.2)))
        observe_attempt(state, attempt(at=NOON + place * MINUTE, duration_ms=taken, item_id=item), shared)
    return state


def test_a_slow_learner_is_expected_to_be_slow_and_a_quick_one_quick() -> None:
    shared = Shared()
    for _ in range(3):
        practised(shared, 20.0)
    slow, quick = practised(shared, 60.0), practised(shared, 10.0)
    behaviour = shared.behaviour
    long = response_time.expect(slow, behaviour, "fractions", "fractions-1", 12)
    short = response_time.expect(quick, behaviour, "fractions", "fractions-1", 12)
    assert long is not None
    assert short is not None
    assert long.seconds > 2 * short.seconds
    assert long.slower > 0.8
    assert short.slower < 0.2


def test_an_item_that_takes_longer_is_expected_to() -> None:
    shared = Shared()
    for _ in range(4):
        practised(shared, 10.0, item="fractions-1")
        practised(shared, 40.0, item="fractions-2")
    new = ProfileState()
    short, long = (
        response_time.expect(new, shared.behaviour, "fractions", item, 0) for item in ("fractions-1", "fractions-2")
    )
    assert short is not None
    assert long is not None
    assert long.seconds > 1.5 * short.seconds


def test_nothing_is_expected_before_others_have_shown_what_it_takes() -> None:
    shared = Shared()
    assert response_time.expect(ProfileState(), shared.behaviour, "fractions", "fractions-1", 0) is None
    practised(shared, 10.0, 4)
    assert response_time.expect(ProfileState(), shared.behaviour, "fractions", "fractions-1", 0) is None


def test_the_prediction_is_made_before_the_outcome_and_stored_with_it() -> None:
    shared = Shared()
    practised(shared, 20.0)
    state = loads(practised(shared, 20.0).dumps())
    events = [
        observe_attempt(loads(state.dumps()), attempt(at=NOON + 30 * MINUTE, duration_ms=taken), shared)
        for taken in (2_000, 200_000)
    ]
    scored = [
        next(one for one in observed.learning_events if one["kind"] == "attempt_predicted")["detail"]
        for observed in events
    ]
    expected = [float(detail["seconds_expected"]) for detail in scored]
    # The second one knows of the first one's two seconds; what it took itself, 200, it does not know.
    assert expected[1] <= expected[0]
    assert [float(detail["seconds"]) for detail in scored] == [2.0, 200.0]
    assert log(expected[0]) == pytest.approx(log(20.0), abs=0.5)


def test_without_a_duration_nothing_is_scored() -> None:
    shared = Shared()
    state = practised(shared, 20.0)
    observed = observe_attempt(state, attempt(at=NOON + 30 * MINUTE, duration_ms=None), shared)
    [predicted] = [one for one in observed.learning_events if one["kind"] == "attempt_predicted"]
    assert not [name for name in predicted["detail"] if name.startswith("seconds")]


def test_the_profile_shows_it_with_its_uncertainty() -> None:
    shared = Shared()
    state = practised(shared, 20.0)
    observed = observe_attempt(state, attempt(False, at=NOON + 30 * MINUTE), shared)
    assert observed.profile is not None
    shown = {one["name"]: one for one in observed.profile["predictions"]}
    if observed.profile["next_step"]["concept_id"] == "fractions":
        assert 5.0 < shown["response_seconds"]["value"] < 60.0
        assert shown["response_seconds"]["uncertainty"] > 0.0


def test_items_stop_getting_sums_of_their_own_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = Shared()
    practised(shared, 20.0)
    monkeypatch.setattr(response_time, "MAX_KEYS", len(shared.behaviour.total))
    practised(shared, 20.0, item="another")
    assert [key for key in shared.behaviour.total if key.startswith("item_pace")] == ["item_pace|fractions|fractions-1"]
