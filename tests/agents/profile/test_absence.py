"""Away next week: asked at a clock's signal, scored when the learner is back or the week is over."""

from agents.profile.observe import observe_attempt, observe_response, observe_signal
from agents.profile.shared import Shared
from agents.profile.state import ProfileState, loads
from schemas.codec import Event
from tests.agents.profile.given import DAY, MINUTE, NOON, attempt, response, signal

KIND = "away_next_week"


def scores(events: list[Event]) -> list[Event]:
    return [event for event in events if event["kind"] == f"{KIND}_predicted"]


def asked(shared: Shared, days: int = 1) -> ProfileState:
    """Someone who tried something and was asked about by the clock `days` later."""
    state = ProfileState()
    observe_attempt(state, attempt(), shared)
    observed = observe_signal(state, signal("OTHER", at=NOON + days * DAY), shared)
    assert observed.profile is not None
    shown = {one["name"]: one for one in observed.profile["predictions"]}
    assert shown[KIND]["horizon_s"] == 7 * 86400
    return loads(state.dumps())


def test_coming_back_within_the_week_settles_it() -> None:
    shared = Shared()
    back = observe_attempt(asked(shared), attempt(at=NOON + 3 * DAY), shared)
    [scored] = scores(back.learning_events)
    assert scored["outcome"] == 0.0
    assert scored["detail"]["silent_days"] == "1.00"


def test_the_clock_settles_someone_who_stayed_away_and_asks_again() -> None:
    shared = Shared()
    state = asked(shared)
    assert scores(observe_signal(state, signal("OTHER", at=NOON + 5 * DAY), shared).learning_events) == []
    [scored] = scores(observe_signal(state, signal("OTHER", at=NOON + 8 * DAY), shared).learning_events)
    assert scored["outcome"] == 1.0
    assert state.standing[KIND][2] == NOON + 8 * DAY


def test_coming_back_after_the_week_was_being_away() -> None:
    shared = Shared()
    back = observe_attempt(asked(shared), attempt(at=NOON + 20 * DAY), shared)
    assert [one["outcome"] for one in scores(back.learning_events)] == [1.0]


def test_typing_asks_for_nothing_and_someone_never_seen_is_not_asked_about() -> None:
    shared = Shared()
    state = ProfileState()
    observe_signal(state, signal("OTHER"), shared)
    assert KIND not in state.standing
    observe_attempt(state, attempt(), shared)
    observe_signal(state, signal("TYPING", at=NOON + DAY), shared)
    assert KIND not in state.standing


def test_it_follows_what_learners_do_after_such_a_silence() -> None:
    risks = []
    for away in (True, False):
        shared = Shared()
        for _ in range(30):
            observe_attempt(asked(shared), attempt(at=NOON + (20 if away else 2) * DAY), shared)
        risks.append(asked(shared).risks[KIND][0])
    assert risks[0] > 0.7
    assert risks[1] < 0.2
    # Silence of another length is another situation.
    assert asked(shared, days=30).risks[KIND][0] > 0.3


def test_a_late_event_from_before_it_was_asked_says_nothing() -> None:
    shared = Shared()
    state = asked(shared, days=2)
    late = observe_attempt(state, attempt(at=NOON + DAY), shared)
    assert scores(late.learning_events) == []
    [scored] = scores(observe_signal(state, signal("OTHER", at=NOON + 9 * DAY), shared).learning_events)
    assert scored["outcome"] == 1.0


def test_what_the_clock_asked_is_shown_where_nothing_else_has_happened() -> None:
    """The session was closed before, so the signal ends none and no other prediction is scored with it."""
    state, shared = ProfileState(), Shared()
    observe_response(state, response(), shared)
    observe_signal(state, signal("SESSION_CLOSED", at=NOON + MINUTE), shared)
    observed = observe_signal(state, signal("OTHER", at=NOON + DAY), shared)
    assert observed.learning_events == []
    assert observed.profile is not None
    assert KIND in {one["name"] for one in observed.profile["predictions"]}
    assert observe_signal(state, signal("OTHER", at=NOON + DAY + MINUTE), shared).profile is None
