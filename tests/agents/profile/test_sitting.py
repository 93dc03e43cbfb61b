"""Where a session ends and the next begins, in event time."""

from agents.profile import averages
from agents.profile.observe import observe_attempt
from agents.profile.shared import Shared
from agents.profile.sitting import BESIDE, MOST_BESIDE, PAUSE, end, silence, sit
from agents.profile.state import ProfileState, loads
from agents.profile.traits import GAP, HELP, PERSISTENCE, SESSION_LENGTH
from tests.agents.profile.given import DAY, MINUTE, NOON, attempt, base, fresh_id


def sat(*moments: tuple[int, str | None]) -> ProfileState:
    """A learner with an event at each of the moments, under the session id beside it."""
    state, shared = ProfileState(), Shared()
    for at, session in moments:
        sit(state, base(at, session_id=session), shared)
        state.session.messages += 1
    return state


def test_a_pause_of_half_an_hour_still_belongs_to_the_session() -> None:
    assert sat((NOON, None), (NOON + PAUSE, None)).sessions == 1
    assert sat((NOON, None), (NOON + PAUSE + 1, None)).sessions == 2


def test_another_session_id_begins_a_session_unless_it_is_late() -> None:
    assert sat((NOON, "a"), (NOON + MINUTE, "a"), (NOON + 2 * MINUTE, "b")).sessions == 2
    assert sat((NOON, "a"), (NOON + 2 * MINUTE, "b"), (NOON + MINUTE, "a")).sessions == 2
    assert sat((NOON, "a"), (NOON + MINUTE, None)).sessions == 1


def test_a_late_event_does_not_turn_the_clock_back() -> None:
    state = sat((NOON, None), (NOON + 10 * MINUTE, None), (NOON + MINUTE, None))
    assert (state.at, state.session.last) == (NOON + 10 * MINUTE, NOON + 10 * MINUTE)


def test_only_a_return_after_a_pause_is_a_gap() -> None:
    assert averages.count(sat((NOON, "a"), (NOON + MINUTE, "b")).sums, GAP) == 0.0
    state = sat((NOON, "a"), (NOON + DAY, "b"))
    assert averages.count(state.sums, GAP) == 1.0
    assert averages.mean(state.sums, GAP) == 0.0


def test_the_end_counts_length_and_what_an_open_error_came_to() -> None:
    state = sat((NOON, None), (NOON + 10 * MINUTE, None))
    state.session.open_error = 2
    state.session.wrong_run = 3
    end(state, base(NOON + 11 * MINUTE), Shared())
    assert round(2.718281828 ** averages.mean(state.sums, SESSION_LENGTH), 3) == 10.0
    assert averages.mean(state.sums, PERSISTENCE, 0.5) == 0.0
    assert averages.mean(state.sums, HELP) == 1.0
    assert state.last_end == NOON + 10 * MINUTE
    assert (state.session.start, state.session.wrong_run) == (0, 3)


def test_a_session_in_which_nothing_happened_has_no_length_and_ends_once() -> None:
    state, shared = ProfileState(), Shared()
    sit(state, base(), shared)
    end(state, base(), shared)
    end(state, base(NOON + DAY), shared)
    assert averages.count(state.sums, SESSION_LENGTH) == 0.0
    assert state.last_end == NOON


def test_silence_ends_a_session_only_once_it_is_long_enough() -> None:
    state = sat((NOON, None))
    silence(state, base(NOON + PAUSE), Shared())
    assert state.session.start == NOON
    silence(state, base(NOON + PAUSE + 1), Shared())
    assert (state.session.start, state.last_end) == (0, NOON)


def test_a_late_event_of_the_session_before_does_not_end_this_one() -> None:
    state = sat((NOON, "a"), (NOON + 2 * MINUTE, "b"), (NOON + MINUTE, "a"), (NOON + 3 * MINUTE, "b"))
    assert (state.sessions, state.session.id, state.session.messages) == (2, "b", 3)


def test_events_without_a_clock_are_one_session() -> None:
    state, shared = ProfileState(), Shared()
    events = [event for _ in range(4) for event in observe_attempt(state, attempt(at=0), shared).learning_events]
    assert state.sessions == 1
    events += observe_attempt(state, attempt(at=NOON), shared).learning_events
    ids = [event["event_id"] for event in events]
    assert len(set(ids)) == len(ids)


def test_two_devices_at_once_are_one_session_after_the_second_was_opened() -> None:
    state, shared, scored = ProfileState(), Shared(), []
    tablet, phone = fresh_id(), fresh_id()
    for number in range(20):
        named = (tablet, phone)[number % 2]
        event = attempt(number % 4 > 0, at=NOON + number * MINUTE, session_id=named)
        scored += observe_attempt(state, event, shared).learning_events
        state = loads(state.dumps())
    assert (state.sessions, state.session.attempts) == (2, 19)
    assert [event["kind"] for event in scored].count("giving_up_predicted") == 1
    # The next day neither goes on.
    moments = ((0, tablet), (1, phone), (2, tablet))
    for minutes, named in moments:
        observe_attempt(state, attempt(at=NOON + DAY + minutes * MINUTE, session_id=named), shared)
    assert state.sessions == 4


def test_ids_beside_the_session_s_own_are_few() -> None:
    state = sat(*((NOON + number * MINUTE, fresh_id()) for number in range(40)))
    assert (state.sessions, len(state.standing[BESIDE])) == (40, MOST_BESIDE)
