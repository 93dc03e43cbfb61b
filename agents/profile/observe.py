"""One event in: the learner's state moves, and the events that it leads to come out."""

from dataclasses import dataclass, field
from math import exp, log

from agents.profile import (
    absence,
    adapt,
    averages,
    behaviour,
    experiments,
    memory,
    patterns,
    predictions,
    response_time,
    rewards,
    sitting,
    traits,
)
from agents.profile.concepts import Concept
from agents.profile.events import STAGE, caused, learning_event
from agents.profile.knowledge import Prediction
from agents.profile.mood import note_reading
from agents.profile.shared import Shared
from agents.profile.snapshot import snapshot
from agents.profile.state import ProfileState
from agents.profile.tracing import judge, trace
from schemas.codec import Event
from schemas.ids import MAX_ID_CHARS

MAX_NAME_CHARS = MAX_ID_CHARS
"""Longer concept names are cut, NUL characters taken out; the curriculum and every other stage know the whole name, so
none that is let in may be."""
MAX_STREAK = 1000


@dataclass(slots=True)
class Observed:
    """The learner's state and what to produce. `profile` is None where nothing changed (a repeated event)."""

    state: ProfileState
    profile: Event | None = None
    interventions: list[Event] = field(default_factory=list)
    rewards: list[Event] = field(default_factory=list)
    learning_events: list[Event] = field(default_factory=list)


def observe_attempt(state: ProfileState, attempt: Event, shared: Shared) -> Observed:
    """Take in a graded attempt. `state` and `shared` are changed in place.

    What was expected is settled before the outcome is looked at. An attempt older than the latest event counts
    fully, but does not turn the clock back, and begins no session where its own has ended; a repeated one changes
    nothing.
    """
    if state.is_repeat(attempt["event_id"]):
        return Observed(state)
    observed = _begin(state, attempt, shared)
    events = observed.learning_events
    name = concept_name(attempt["concept_id"])
    concept = state.concepts.touch(name)
    streak, was_due = concept.streak, 0 < concept.due_at <= attempt["sent_at"]

    awaited = response_time.expect(state, shared.behaviour, name, attempt["item_id"], concept.attempts)
    expected = trace(state, shared, attempt, name, concept)
    observed.rewards += rewards.note_outcome(state, attempt, expected.p)
    events.append(_predicted(attempt, name, expected, awaited, shared))
    # What is typical is read before this attempt counts among it.
    typical = shared.behaviour.mean(f"{behaviour.PACE}|{name}")
    quick = _note_traits(state, attempt, name, streak, expected.p, shared)
    taken = traits.seconds(attempt["duration_ms"])
    if taken is not None:
        log_taken, item = log(taken), attempt["item_id"]
        response_time.note(state, shared.behaviour, name, item, concept.attempts, log_taken, awaited)
    _count(state, concept, attempt, name)
    memory.review(concept, memory.rating(attempt["correct"], attempt["hints_used"], quick), attempt["sent_at"])
    concept.last_at = max(concept.last_at, attempt["sent_at"])
    if was_due:
        events.append(learning_event(attempt, "review_done", concept=name, outcome=float(attempt["correct"])))
    turned = _mastery(concept, name, attempt, shared)
    events += turned
    just_mastered = bool(turned) and bool(concept.mastered)
    events += patterns.of_attempt(state, concept, name, attempt, taken, typical, just_mastered)
    adapt.note_due(state, name, concept)
    predictions.note_goal(concept, shared.behaviour)
    risk, error, cell = predictions.giving_up(state, shared.behaviour)
    if state.session.start:
        predictions.note_giving_up(state, attempt["sent_at"], risk, cell)
        state.risks["giving_up"] = [risk, error]
    _finish(observed, attempt, shared, risk)
    return observed


def observe_response(state: ProfileState, response: Event, shared: Shared) -> Observed:
    """Take in a reply: one more message, its emotion reading, and its decision, which now awaits its reward."""
    if state.is_repeat(response["event_id"]):
        return Observed(state)
    if sitting.is_over(state, response):
        # The learner left before the reply was there: that is no session of its own.
        observed = Observed(state, rewards=rewards.close_overdue(state, response["sent_at"]))
    else:
        observed = _begin(state, response, shared)
    session = state.session
    state.messages += 1
    session.messages += 1
    if session.open_error:
        session.open_error = 2
    concepts = [concept_name(name) for name in response["concepts"]]
    traits.note_message(state.sums, concepts, state.focus)
    note_reading(state, response["emotion"])
    observed.rewards += rewards.note_reply(state, response)
    observed.rewards += rewards.await_reward(state, response)
    _finish(observed, response, shared, _risk(state))
    return observed


def observe_feedback(state: ProfileState, feedback: Event, shared: Shared) -> Observed:
    """Take in what the learner says of a reply: it closes that reply's reward."""
    if state.is_repeat(feedback["event_id"]):
        return Observed(state)
    observed = _begin(state, feedback, shared)
    observed.rewards += rewards.note_feedback(state, feedback)
    observed.profile = snapshot(state, feedback, shared)
    return observed


def observe_signal(state: ProfileState, signal: Event, shared: Shared) -> Observed:
    """Take in a signal. SESSION_CLOSED ends the session that it names and closes what waits there for a reward; any
    other one, typing or a clock's (OTHER), settles what the passing of time alone has decided, and leaves the profile
    as it is where that is nothing. A clock's asks for the look-ahead on the next week too, which the profile shows."""
    if state.is_repeat(signal["event_id"]):
        return Observed(state)
    kind, now = signal["kind"], signal["sent_at"]
    if kind == "SESSION_OPENED":
        observed = _begin(state, signal, shared)
        _finish(observed, signal, shared, _risk(state))
        return observed
    asked = state.standing.get(absence.KIND)
    observed = Observed(state, rewards=rewards.close_overdue(state, now))
    observed.learning_events += sitting.silence(state, signal, shared)
    if kind == "SESSION_CLOSED":
        # A tab that is closed late, or on another device, does not end the session that goes on.
        observed.rewards += rewards.close_session(state, signal["session_id"], now)
        if sitting.is_of(signal, state.session):
            observed.learning_events += sitting.close(state, signal, shared)
    told = state.standing.get(absence.KIND) is not asked
    if kind == "SESSION_CLOSED" or observed.rewards or observed.learning_events or told:
        observed.profile = snapshot(state, signal, shared)
    return observed


def concept_name(concept_id: str) -> str:
    """The name under which a concept is kept."""
    if len(concept_id) <= MAX_NAME_CHARS and "\0" not in concept_id:
        return concept_id
    return concept_id.replace("\0", "")[:MAX_NAME_CHARS]


def _risk(state: ProfileState) -> float:
    """Of giving up, as predicted last in this session; 0 before its first attempt."""
    return state.risks.get("giving_up", [0.0])[0]


def _begin(state: ProfileState, event: Event, shared: Shared) -> Observed:
    observed = Observed(state, rewards=rewards.close_overdue(state, event["sent_at"]))
    if not sitting.is_late(state, event):
        observed.learning_events += sitting.sit(state, event, shared)
    return observed


def _predicted(
    attempt: Event, name: str, expected: Prediction, awaited: response_time.Expected | None, shared: Shared
) -> Event:
    detail = {model: f"{p:.4f}" for model, p in expected.parts.items()}
    detail["known"] = f"{expected.known:.4f}"
    taken = traits.seconds(attempt["duration_ms"])
    if awaited is not None and taken is not None:
        detail["seconds"] = f"{taken:.3f}"
        detail["seconds_expected"] = f"{awaited.seconds:.3f}"
        detail["seconds_typical"] = f"{exp(awaited.typical):.3f}"
        detail["slower_expected"] = f"{awaited.slower:.4f}"
        detail["seconds_log_error"] = f"{awaited.spread:.4f}"
    detail["inputs"] = expected.inputs
    return learning_event(
        attempt,
        "attempt_predicted",
        concept=name,
        item=attempt["item_id"],
        model=shared.model_name,
        predicted=expected.p,
        outcome=1.0 if attempt["correct"] else 0.0,
        value=expected.uncertainty,
        detail=detail,
    )


def _note_traits(state: ProfileState, attempt: Event, name: str, streak: int, expected: float, shared: Shared) -> bool:
    session = state.session
    if session.open_error:
        averages.note(state.sums, traits.PERSISTENCE, 1.0)
        traits.note_help(state.sums, session.open_error == 2 or attempt["hints_used"] > 0)
    taken = traits.seconds(attempt["duration_ms"])
    typical = shared.behaviour.mean(f"{behaviour.PACE}|{name}")
    if taken is not None:
        shared.behaviour.note_pace(name, taken)
    return traits.note_attempt(
        state.sums,
        correct=attempt["correct"],
        expected=expected,
        streak=streak,
        taken=taken,
        typical_log=typical,
        at=attempt["sent_at"],
    )


def _count(state: ProfileState, concept: Concept, attempt: Event, name: str) -> None:
    session = state.session
    right = 1 if attempt["correct"] else 0
    concept.attempts += 1
    concept.correct += right
    streak = max(concept.streak, 0) + 1 if right else min(concept.streak, 0) - 1
    concept.streak = min(max(streak, -MAX_STREAK), MAX_STREAK)
    state.attempts += 1
    state.correct += right
    session.attempts += 1
    session.correct += right
    session.wrong_run = 0 if right else session.wrong_run + 1
    session.open_error = 1 - right
    state.focus = name
    adapt.note_item(state, attempt["item_id"])


def _mastery(concept: Concept, name: str, attempt: Event, shared: Shared) -> list[Event]:
    turn = judge(concept)
    if turn == 0:
        return []
    kind = "concept_mastered" if turn > 0 else "concept_lost"
    events = [learning_event(attempt, kind, concept=name, value=concept.known)]
    if turn > 0:
        events += predictions.settle_goal(concept, name, shared.behaviour, attempt)
    return events


def _finish(observed: Observed, event: Event, shared: Shared, risk: float) -> None:
    """The decision on what comes next, the intervention where it changed, the risk of staying away, the snapshot."""
    state = observed.state
    before = state.next_step
    after = state.next_step = adapt.decide(state, shared, state.at, risk)
    if after is not None and adapt.changed(before, after):
        _raise(observed, _step_changed(event, after, risk), event, shared)
    away, error, cell = predictions.staying_away(state, shared.behaviour)
    state.risks["staying_away"] = [away, error]
    state.standing["staying_away"] = [away, cell, state.session.last]
    observed.profile = snapshot(state, event, shared)


def _raise(observed: Observed, intervention: Event, cause: Event, shared: Shared) -> None:
    """Send the intervention with its arm, or, where an experiment holds it out, only note that it was withheld: no
    reader of interventions can then act on it by mistake."""
    tenant_id, learner_id, at = intervention["tenant_id"], intervention["learner_id"], intervention["sent_at"]
    kind = intervention["kind"]
    assigned = experiments.of_intervention(shared.experiments, kind, tenant_id, learner_id, at)
    if assigned is not None and assigned.withheld:
        detail = {"experiment": assigned.experiment, "arm": assigned.arm, "intervention": kind}
        observed.learning_events.append(learning_event(cause, "intervention_withheld", detail=detail))
        return
    intervention["experiment"] = None if assigned is None else assigned.experiment
    intervention["arm"] = None if assigned is None else assigned.arm
    observed.interventions.append(intervention)


def _step_changed(event: Event, step: adapt.NextStep, risk: float) -> Event:
    change = caused(event, "next_step_changed")
    change["kind"] = "next_step_changed"
    change["source"] = STAGE
    change["severity"] = "info"
    about = f" {step['concept_id']}" if step["concept_id"] else ""
    change["text"] = f"Next: {step['kind'].replace('_', ' ')}{about} ({'; '.join(step['reasons'])})"
    change["evidence"] = {
        "target_success": step["target_success"],
        "predicted_success": step["predicted_success"],
        "risk_of_giving_up": risk,
    }
    return change
