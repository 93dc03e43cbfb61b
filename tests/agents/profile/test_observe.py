"""One event in, one state and its events out."""

import pytest

from agents.profile import averages
from agents.profile.adapt import RISK_OF_GIVING_UP
from agents.profile.knowledge.inputs import unpacked
from agents.profile.observe import (
    MAX_NAME_CHARS,
    Observed,
    observe_attempt,
    observe_feedback,
    observe_response,
    observe_signal,
)
from agents.profile.shared import Shared
from agents.profile.state import ProfileState, loads
from agents.profile.traits import SESSION_LENGTH
from schemas.codec import decode, encode
from tests.agents.profile.given import DAY, MINUTE, NOON, SECOND, attempt, feedback, fresh_id, reading, response, signal


def fits_schemas(observed: Observed) -> None:
    assert observed.profile is not None
    named = [("LearnerProfile", observed.profile)]
    named += [("Intervention", event) for event in observed.interventions]
    named += [("Reward", event) for event in observed.rewards]
    named += [("LearningEvent", event) for event in observed.learning_events]
    for name, event in named:
        assert decode(name, encode(name, event)).keys() == event.keys()


def test_a_learner_without_history_has_no_ability_and_a_valid_profile() -> None:
    observed = observe_signal(ProfileState(), signal("SESSION_OPENED"), Shared())
    fits_schemas(observed)
    assert observed.profile is not None
    assert observed.profile["ability"] is None
    assert observed.profile["concepts"] == []


def test_one_attempt_is_counted_predicted_and_shown() -> None:
    observed = observe_attempt(ProfileState(), attempt(correct=True), Shared())
    fits_schemas(observed)
    profile = observed.profile
    assert profile is not None
    assert (profile["revision"], profile["attempts"], profile["correct"]) == (1, 1, 1)
    assert [concept["concept_id"] for concept in profile["concepts"]] == ["fractions"]
    predicted = next(event for event in observed.learning_events if event["kind"] == "attempt_predicted")
    assert 0.0 < predicted["predicted"] < 1.0
    assert predicted["outcome"] == 1.0
    assert unpacked(predicted["detail"]["inputs"])["attempts_log"] == 0.0


def test_a_prediction_does_not_know_its_outcome() -> None:
    right = observe_attempt(ProfileState(), attempt(correct=True), Shared())
    wrong = observe_attempt(ProfileState(), attempt(correct=False), Shared())
    assert right.learning_events[0]["predicted"] == wrong.learning_events[0]["predicted"]


def test_a_repeated_event_changes_nothing() -> None:
    state = ProfileState()
    first = attempt()
    observe_attempt(state, first, Shared())
    before = state.dumps()
    again = observe_attempt(loads(before), first, Shared())
    assert again == Observed(again.state)
    assert again.state.dumps() == before


def test_the_same_events_give_the_same_bytes_and_ids() -> None:
    events = [attempt(correct=n % 3 > 0, at=NOON + n * MINUTE) for n in range(20)]
    runs = []
    for _ in range(2):
        payload = b""
        ids = []
        shared = Shared()
        for event in events:
            observed = observe_attempt(loads(payload), event, shared)
            assert observed.profile is not None
            ids += [observed.profile["event_id"], *(one["event_id"] for one in observed.learning_events)]
            payload = observed.state.dumps()
        runs.append((payload, ids))
    assert runs[0] == runs[1]
    assert len(set(runs[0][1])) == len(runs[0][1])


def test_all_events_of_one_cause_have_ids_of_their_own() -> None:
    state = ProfileState()
    shared = Shared()
    for n in range(3):
        observe_response(state, response(at=NOON + n * SECOND), shared)
    observed = observe_attempt(state, attempt(at=NOON + MINUTE), shared)
    assert observed.profile is not None
    ids = [observed.profile["event_id"]]
    ids += [event["event_id"] for event in (*observed.rewards, *observed.learning_events, *observed.interventions)]
    assert len(set(ids)) == len(ids) >= 3


def test_an_attempt_out_of_time_order_counts_but_does_not_turn_the_clock_back() -> None:
    state = ProfileState()
    observe_attempt(state, attempt(at=NOON), Shared())
    observe_attempt(state, attempt(at=NOON - DAY, correct=False), Shared())
    assert (state.attempts, state.correct, state.at) == (2, 1, NOON)
    concept = state.concepts.get("fractions")
    assert concept is not None
    assert concept.last_at == NOON


def test_a_response_moves_the_baseline_and_waits_for_its_reward() -> None:
    observed = observe_response(ProfileState(), response(), Shared())
    fits_schemas(observed)
    assert observed.profile is not None
    assert observed.profile["emotion_baseline"]["confused"] == pytest.approx(0.5)
    assert observed.rewards == []
    assert len(loads(observed.state.dumps()).pending) == 1


def test_mood_never_moves_ability_or_success() -> None:
    """The same outcomes with opposite moods between them give the same knowledge."""
    seen = []
    for states in ({"frustrated": 1.0, "confused": 1.0}, {"confident": 1.0, "engaged": 1.0}):
        state = ProfileState()
        shared = Shared()
        profile = None
        for n in range(30):
            at = NOON + n * MINUTE
            observe_response(state, response(at=at, emotion=reading(**states)), shared)
            profile = observe_attempt(state, attempt(correct=n % 4 > 0, at=at + SECOND), shared).profile
        assert profile is not None
        figures = (
            "concept_id",
            "attempts",
            "correct",
            "p_correct",
            "uncertainty",
            "mastered",
            "retrievability",
            "due_at",
        )
        seen.append(
            (
                profile["ability"],
                profile["ability_uncertainty"],
                [{name: concept[name] for name in figures} for concept in profile["concepts"]],
            )
        )
        assert profile["emotion_baseline"]
    assert seen[0] == seen[1]


def test_typing_leaves_the_profile_as_it_is() -> None:
    assert observe_signal(ProfileState(), signal("TYPING"), Shared()).profile is None


def test_feedback_closes_the_reply_it_is_on() -> None:
    state = ProfileState()
    reply = response()
    observe_response(state, reply, Shared())
    observed = observe_feedback(state, feedback(reply, "UNHELPFUL", at=NOON + MINUTE), Shared())
    fits_schemas(observed)
    assert [reward["response_id"] for reward in observed.rewards] == [reply["response_id"]]
    assert observed.rewards[0]["value"] < 0
    assert state.pending == []


def test_contradictory_attempts_leave_an_estimate_in_the_middle() -> None:
    state, shared = ProfileState(), Shared()
    for n in range(60):
        observe_attempt(state, attempt(correct=n % 2 == 0, at=NOON + n * MINUTE), shared)
    concept = state.concepts.get("fractions")
    assert concept is not None
    assert 0.3 < concept.p < 0.7
    assert not concept.mastered


def test_ten_thousand_attempts_stay_small_and_sensible() -> None:
    shared = Shared()
    payload = b""
    profile = None
    right = [(n // 130 + n) % 5 > 0 for n in range(10_000)]
    for n, correct in enumerate(right):
        concept = f"concept {n % 130}"
        event = attempt(
            correct, at=NOON + n * 40 * SECOND + n // 40 * DAY, concept=concept, item_id=f"{concept}/{n % 7}"
        )
        observed = observe_attempt(loads(payload), event, shared)
        payload, profile = observed.state.dumps(), observed.profile
        assert len(payload) < 16 * 1024
    assert profile is not None
    assert (profile["attempts"], profile["correct"]) == (10_000, sum(right))
    assert 0 < profile["ability_uncertainty"] < 0.8
    assert all(0.5 < concept["p_correct"] <= 1 for concept in profile["concepts"])


def test_a_year_s_gap_leaves_the_past_and_adds_doubt() -> None:
    state, shared = ProfileState(), Shared()
    for n in range(10):
        observe_attempt(state, attempt(at=NOON + n * MINUTE), shared)
    before = state.ability_uncertainty
    observed = observe_attempt(loads(state.dumps()), attempt(at=NOON + 365 * DAY), shared)
    profile = observed.profile
    assert profile is not None
    assert profile["attempts"] == 11
    assert profile["ability_uncertainty"] > before
    assert "review_done" in [event["kind"] for event in observed.learning_events]


def test_history_in_reverse_counts_the_same_attempts() -> None:
    events = [attempt(n % 3 > 0, at=NOON + n * MINUTE, concept=f"c{n % 4}") for n in range(40)]
    counts = []
    for order in (events, events[::-1]):
        state, shared = ProfileState(), Shared()
        for event in order:
            fits_schemas(observe_attempt(state, event, shared))
        assert state.at == events[-1]["sent_at"]
        counts.append((state.attempts, state.correct))
    assert counts[0] == counts[1]


def test_names_that_are_too_long_or_hold_nul_are_cut() -> None:
    state = ProfileState()
    observe_attempt(state, attempt(concept="a\0" * 500), Shared())
    state = loads(state.dumps())
    assert state.concepts.get("a" * MAX_NAME_CHARS) is not None


def test_the_close_of_another_session_ends_neither_this_one_nor_what_waits_in_it() -> None:
    state, shared = ProfileState(), Shared()
    old, new = fresh_id(), fresh_id()
    observe_attempt(state, attempt(at=NOON, session_id=old), shared)
    observe_response(state, response(at=NOON + MINUTE, session_id=new, concepts=["decimals"]), shared)
    observe_attempt(state, attempt(False, at=NOON + 2 * MINUTE, session_id=new), shared)
    closed = signal("SESSION_CLOSED", at=NOON + 3 * MINUTE)
    late = observe_signal(state, closed | {"session_id": old}, shared)
    assert (late.rewards, late.learning_events) == ([], [])
    assert (state.session.id, state.sessions) == (new, 2)
    # Nor does one from before the session began, whatever its name.
    early = closed | {"event_id": fresh_id(), "session_id": new, "sent_at": NOON}
    assert observe_signal(state, early, shared).learning_events == []
    right = observe_signal(state, closed | {"event_id": fresh_id(), "session_id": new}, shared)
    assert len(right.rewards) == 1
    assert [event["kind"] for event in right.learning_events] == ["giving_up_predicted"]


def test_a_session_opened_once_more_leaves_the_risk_and_a_new_one_begins_without() -> None:
    state, shared = ProfileState(), Shared()
    for number in range(6):
        shared.behaviour.note("giving_up", f"3.{number}.0", 1.0)
    for number in range(5):
        observe_attempt(state, attempt(False, at=NOON + number * MINUTE), shared)
    before, risk = state.next_step, state.risks["giving_up"]
    assert risk[0] > RISK_OF_GIVING_UP
    again = observe_signal(state, signal("SESSION_OPENED", at=NOON + 6 * MINUTE), shared)
    assert (again.interventions, state.next_step) == ([], before)
    later = observe_signal(state, signal("SESSION_OPENED", at=NOON + DAY), shared)
    assert later.profile is not None
    assert "giving_up" not in {one["name"] for one in later.profile["predictions"]}


def test_a_reply_that_comes_when_its_session_was_closed_begins_no_other() -> None:
    state, shared = ProfileState(), Shared()
    here = fresh_id()
    observe_response(state, response(at=NOON, session_id=here), shared)
    observe_response(state, response(at=NOON + 10 * MINUTE, session_id=here), shared)
    closed = signal("SESSION_CLOSED", at=NOON + 11 * MINUTE) | {"session_id": here}
    observe_signal(state, closed, shared)
    state = loads(state.dumps())
    late = observe_response(state, response(at=NOON + 11 * MINUTE + SECOND, session_id=here), shared)
    fits_schemas(late)
    assert (state.sessions, state.messages, state.session.start) == (1, 3, 0)
    assert state.standing["staying_away"][2] == NOON + 10 * MINUTE
    # An attempt under the same id is one: the learner is there again.
    back = observe_attempt(state, attempt(at=NOON + 15 * MINUTE, session_id=here), shared)
    assert (state.sessions, back.learning_events[0]["kind"]) == (2, "attempt_predicted")
    observe_attempt(state, attempt(at=NOON + DAY, session_id=here), shared)
    assert averages.count(state.sums, SESSION_LENGTH) == 1.995


def test_an_attempt_from_before_its_session_was_closed_begins_no_other() -> None:
    state, shared = ProfileState(), Shared()
    here, there = fresh_id(), fresh_id()
    observe_attempt(state, attempt(False, at=NOON, session_id=here), shared)
    closed = signal("SESSION_CLOSED", at=NOON + 20 * MINUTE) | {"session_id": here}
    observe_signal(state, closed, shared)
    for at in (NOON - MINUTE, NOON + 19 * MINUTE):
        state = loads(state.dumps())
        late = observe_attempt(state, attempt(at=at, session_id=here), shared)
        fits_schemas(late)
        assert [event["kind"] for event in late.learning_events] == ["attempt_predicted"]
    assert (state.sessions, state.attempts, state.session.start, state.last_end) == (1, 3, 0, NOON)
    # The learner left on a right answer, then, and comes back within the half hour: that is no return.
    assert state.session.wrong_run == 0
    back = observe_attempt(state, attempt(at=NOON + 29 * MINUTE, session_id=there), shared)
    assert (state.sessions, [event["kind"] for event in back.learning_events]) == (2, ["attempt_predicted"])
    assert observe_signal(state, closed | {"event_id": fresh_id(), "session_id": there}, shared).learning_events == []
