"""The LearnerProfile event: what others may know of a learner now."""

from typing import Any

from agents.profile import absence, predictions, response_time
from agents.profile.concepts import ROW, SECOND
from agents.profile.events import caused
from agents.profile.predictions import RETURN_HORIZON_S, SESSION_HORIZON_S, Prediction, prediction
from agents.profile.recall import recall_after
from agents.profile.shared import Shared
from agents.profile.state import ProfileState
from agents.profile.traits import traits
from schemas.codec import Event

MAX_SHOWN = 8
"""Concepts in a snapshot, the most recently touched ones."""


def snapshot(state: ProfileState, cause: Event, shared: Shared) -> Event:
    """The profile after `cause`; counts one revision up."""
    state.revision += 1
    now = state.at
    event = caused(cause, "profile")
    event["revision"] = state.revision
    event["caused_by"] = cause["event_id"]
    event["messages"] = state.messages
    event["attempts"] = state.attempts
    event["correct"] = state.correct
    event["ability"] = state.ability if state.attempts else None
    event["ability_uncertainty"] = state.ability_uncertainty if state.attempts else None
    # The packed rows are read below, so all objects handed out are packed first.
    event["predictions"] = standing(state, shared)
    state.concepts.settle()
    event["concepts"] = shown(state, now)
    event["traits"] = traits(state.sums)
    event["emotion_baseline"] = dict(state.mood)
    event["next_step"] = state.next_step
    return event


def shown(state: ProfileState, now: int) -> list[dict[str, Any]]:
    """LearnerProfile.concepts, from the packed rows."""
    names, rows = state.concepts.freshest(MAX_SHOWN)
    found = [
        {
            "concept_id": name,
            "attempts": attempts,
            "correct": correct,
            "p_correct": p,
            "uncertainty": uncertainty,
            "mastered": mastered == 1,
            "last_attempt_at": last_at or None,
            "retrievability": recall_after(stability, now - last_at),
            "due_at": due * SECOND or None,
        }
        for name, (attempts, correct, _, mastered, last_at, due, stability, _, p, uncertainty, _, _, _, _) in zip(
            names, ROW.iter_unpack(rows), strict=True
        )
    ]
    found.reverse()
    return found


def standing(state: ProfileState, shared: Shared) -> list[Prediction]:
    """The standing predictions; those without anything to rest on are left out."""
    found: list[Prediction] = []
    step = state.next_step
    concept = state.concepts.get(state.focus) if state.focus else None
    if step is not None:
        uncertainty = None
        about = state.concepts.get(step["concept_id"])
        if about is not None:
            uncertainty = about.uncertainty
        found.append(
            prediction(
                "next_attempt_success",
                step["predicted_success"],
                uncertainty,
                SESSION_HORIZON_S,
                shared.model_name,
                step["item_id"] or step["concept_id"],
            )
        )
        attempts = 0 if about is None else about.attempts
        awaited = response_time.expect(state, shared.behaviour, step["concept_id"], step["item_id"], attempts)
        if awaited is not None:
            found.append(
                prediction(
                    "response_seconds",
                    awaited.seconds,
                    awaited.seconds * awaited.spread,
                    SESSION_HORIZON_S,
                    response_time.MODEL,
                    step["item_id"] or step["concept_id"],
                )
            )
    if concept is not None and not concept.mastered:
        count, spread = predictions.attempts_to_mastery(concept, shared.behaviour)
        seconds = predictions.attempt_seconds(state.sums)
        model = predictions.MODEL
        found.append(prediction("attempts_to_mastery", count, spread, None, model, state.focus))
        found.append(prediction("seconds_to_mastery", count * seconds, spread * seconds, None, model, state.focus))
    for name, horizon in (
        ("giving_up", SESSION_HORIZON_S),
        ("staying_away", RETURN_HORIZON_S),
        (absence.KIND, RETURN_HORIZON_S),
    ):
        figures = state.risks.get(name)
        if figures is not None:
            found.append(prediction(name, figures[0], figures[1], horizon, predictions.MODEL))
    return found
