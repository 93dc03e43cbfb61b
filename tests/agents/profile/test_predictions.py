"""Predictions, and their scores when what they were about has happened."""

import pytest

from agents.profile.behaviour import Behaviour
from agents.profile.behaviour import loads as behaviour_sums
from agents.profile.concepts import Concept
from agents.profile.observe import observe_attempt, observe_response, observe_signal
from agents.profile.predictions import attempts_to_mastery
from agents.profile.shared import Shared
from agents.profile.state import ProfileState, loads
from schemas.codec import Event
from tests.agents.profile.given import DAY, MINUTE, NOON, attempt, response, signal


def scores(events: list[Event], kind: str) -> list[Event]:
    return [event for event in events if event["kind"] == kind]


def test_a_session_that_ends_on_an_error_was_given_up() -> None:
    for last, outcome in ((False, 1.0), (True, 0.0)):
        state, shared = ProfileState(), Shared()
        for number, correct in enumerate((True, False, True, last)):
            observe_attempt(state, attempt(correct, at=NOON + number * MINUTE), shared)
        observed = observe_attempt(state, attempt(at=NOON + DAY), shared)
        scored = scores(observed.learning_events, "giving_up_predicted")
        assert [event["detail"]["session_attempts"] for event in scored] == ["1", "2", "4"]
        assert {event["outcome"] for event in scored} == {outcome}
        assert len({event["event_id"] for event in scored}) == 3
        assert all(0 < event["predicted"] < 1 for event in scored)


def test_closing_the_session_settles_it_at_once_and_only_once() -> None:
    state, shared = ProfileState(), Shared()
    observe_attempt(state, attempt(False), shared)
    closed = observe_signal(state, signal("SESSION_CLOSED", at=NOON + MINUTE), shared)
    assert len(scores(closed.learning_events, "giving_up_predicted")) == 1
    later = observe_attempt(state, attempt(at=NOON + DAY), shared)
    assert scores(later.learning_events, "giving_up_predicted") == []


@pytest.mark.parametrize(("days", "away"), [(2, 0.0), (30, 1.0)])
def test_coming_back_is_scored_against_the_horizon(days: int, away: float) -> None:
    state, shared = ProfileState(), Shared()
    observe_attempt(state, attempt(), shared)
    observed = observe_attempt(loads(state.dumps()), attempt(at=NOON + days * DAY), shared)
    [scored] = scores(observed.learning_events, "staying_away_predicted")
    assert scored["outcome"] == away
    assert scored["value"] == 7 * 86400


def test_a_clock_signal_settles_someone_who_stayed_away_without_waiting_for_a_return() -> None:
    state, shared = ProfileState(), Shared()
    observe_attempt(state, attempt(), shared)
    assert observe_signal(state, signal("OTHER", at=NOON + DAY), shared).profile is not None
    gone = observe_signal(state, signal("OTHER", at=NOON + 8 * DAY), shared)
    assert [event["outcome"] for event in scores(gone.learning_events, "staying_away_predicted")] == [1.0]
    back = observe_attempt(state, attempt(at=NOON + 30 * DAY), shared)
    assert scores(back.learning_events, "staying_away_predicted") == []


def test_time_to_mastery_is_scored_at_mastery() -> None:
    state, shared = ProfileState(), Shared()
    events: list[Event] = []
    for number in range(8):
        observed = observe_attempt(state, attempt(at=NOON + number * MINUTE), shared)
        events += observed.learning_events
    [mastered] = scores(events, "concept_mastered")
    [scored] = scores(events, "mastery_predicted")
    made_after = int(scored["detail"]["attempts"])
    assert scored["predicted"] > 0
    assert scored["outcome"] == 1 + events_before(events, mastered) - made_after


def events_before(events: list[Event], event: Event) -> int:
    """Attempts before the one that led to `event`."""
    attempts = [one["sent_at"] for one in scores(events, "attempt_predicted")]
    return attempts.index(event["sent_at"])


def test_risk_follows_what_learners_do() -> None:
    """Where sessions with three errors always end there, the risk after three errors is high, else low."""
    shared = Shared()
    for learner in range(60):
        state = ProfileState()
        outcomes = (False, False, False) if learner % 2 else (True, True, True, True)
        for number, correct in enumerate(outcomes):
            observe_attempt(state, attempt(correct, at=NOON + number * MINUTE), shared)
        observe_signal(state, signal("SESSION_CLOSED", at=NOON + 10 * MINUTE), shared)
    risks = []
    for correct in (False, True):
        state = ProfileState()
        for number in range(2):
            observe_attempt(state, attempt(correct, at=NOON + number * MINUTE), shared)
        risks.append(state.risks["giving_up"][0])
    assert risks[0] > 0.6
    assert risks[1] < 0.2


def test_the_profile_shows_each_with_its_horizon() -> None:
    state, shared = ProfileState(), Shared()
    observe_response(state, response(), shared)
    observed = observe_attempt(state, attempt(False, at=NOON + MINUTE), shared)
    assert observed.profile is not None
    shown = {one["name"]: one for one in observed.profile["predictions"]}
    assert set(shown) == {
        "next_attempt_success",
        "attempts_to_mastery",
        "seconds_to_mastery",
        "giving_up",
        "staying_away",
    }
    assert shown["giving_up"]["horizon_s"] == 1800
    assert shown["staying_away"]["horizon_s"] == 7 * 86400
    assert all(0 <= shown[name]["value"] <= 1 for name in ("next_attempt_success", "giving_up", "staying_away"))


def test_a_concept_better_known_is_nearer_to_mastery() -> None:
    behaviour = Behaviour()
    far, near = (attempts_to_mastery(Concept(known=known), behaviour)[0] for known in (0.1, 0.9))
    assert far > near >= 1
    assert attempts_to_mastery(Concept(mastered=1), behaviour) == (0.0, 0.0)


def test_sums_of_partitions_add_up_in_any_order() -> None:
    parts = []
    for partition in range(3):
        part = Behaviour()
        for number in range(4):
            part.note("giving_up", "0.0.0", float((partition + number) % 2))
        parts.append(part)
    totals = []
    for order in ((0, 1, 2), (2, 1, 0)):
        reader = Behaviour()
        for partition in order:
            # A first publication is replaced by the next one.
            reader.replace(partition, {"giving_up": [99.0, 99.0, 99.0]})
            reader.replace(partition, behaviour_sums(parts[partition].dumps()))
        totals.append(reader.estimate("giving_up", "0.0.0", 0.2, 10.0))
    whole = Behaviour()
    for partition in range(3):
        for number in range(4):
            whole.note("giving_up", "0.0.0", float((partition + number) % 2))
    assert totals[0] == pytest.approx(totals[1])
    assert totals[0] == pytest.approx(whole.estimate("giving_up", "0.0.0", 0.2, 10.0))
