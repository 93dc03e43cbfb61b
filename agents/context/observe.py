"""How a learner's row moves with what other stages and apps say. Each function takes a duplicate for what it is."""

from dataclasses import replace

from agents.context import encoder as encoders
from agents.context.attacks import is_attack
from agents.context.encoder import Encoder
from agents.context.memory import extract, keep
from agents.context.memory.recall import FEW, encode_pending
from agents.context.state import (
    CONCEPTS_A_SITTING,
    ContextState,
    Knowledge,
    Mood,
    ProfileSummary,
    Sitting,
    Turn,
)
from config.settings import Settings
from schemas.codec import Event
from schemas.readings import OFF

CONCEPTS = 48
TRAITS = 8
STATE_THRESHOLD = 0.5


def observe_response(
    state: ContextState, response: Event, settings: Settings, encoder: Encoder | None = None
) -> ContextState:
    """The state with the turn that a TutorResponse ends, and what of it is worth remembering.

    `encoder`: as for `enrich`. Once there is much to remember, it is used here, ahead of the next message.
    """
    number = response["turn"]
    if any(turn.number == number for turn in state.turns) or number <= state.turns_through - settings.context_turns:
        return state
    if response["emotion"]["model"] == OFF:
        # What was read before it was turned off would be told with every message to come.
        state = _without_moods(state)
    turn = Turn(
        number, response["message_text"], response["text"], response["sent_at"], tuple(response["concepts"][:4])
    )
    feeling = strongest_state(response["emotion"])
    # A reply that no tutor made, such as an offline one, teaches nothing about the learner.
    heard = response["text"] if response["source"] in ("PROVIDER", "CACHE") else ""
    memory = keep.forget_on_request(state.memory, response["message_text"])
    forgets = state.forgets or len(memory) < len(state.memory)
    forgot = max(number, state.forgot) if extract.forgotten(response["message_text"]) else state.forgot
    if not is_attack(response["message_text"]):
        memory = keep.remember(memory, extract.items(number, response["sent_at"], response["message_text"], heard))
    encoder = encoder or encoders.default()
    if encoder is not None and len(memory) > FEW:
        memory = encode_pending(memory, encoder)
    state = replace(state.with_turn(turn, settings.context_turns), memory=memory, forgets=forgets, forgot=forgot)
    if feeling is not None:
        state = state.with_mood(Mood(number, round(response["emotion"]["valence"], 3), feeling))
    state = state.in_sitting(response["session_id"], response["sent_at"])
    sitting = state.sitting
    if sitting is None or response["sent_at"] < sitting.started_at:
        return state
    concepts = dict.fromkeys((*sitting.concepts, *turn.concepts))
    mood = feeling if feeling is not None and number == state.turns_through else sitting.mood
    return replace(
        state,
        sitting=replace(
            sitting,
            messages=sitting.messages + 1,
            concepts=tuple(concepts)[-CONCEPTS_A_SITTING:],
            mood=mood,
        ),
    )


def observe_profile(state: ContextState, profile: Event) -> ContextState:
    """The state with what a prompt may use of a LearnerProfile; an older snapshot changes nothing."""
    if state.profile is not None and profile["revision"] <= state.profile.revision:
        return state
    traits = [trait for trait in profile["traits"] if trait["value"] is not None]
    summary = ProfileSummary(
        revision=profile["revision"],
        messages=profile["messages"],
        attempts=profile["attempts"],
        correct=profile["correct"],
        concepts=tuple(
            Knowledge(known["concept_id"], round(known["p_correct"], 4), known["mastered"], known["due_at"])
            for known in profile["concepts"][:CONCEPTS]
        ),
        traits=tuple((trait["name"], round(trait["value"], 4), trait["unit"]) for trait in traits[:TRAITS]),
        next_step=profile["next_step"],
    )
    return replace(state, profile=summary)


def observe_signal(state: ContextState, signal: Event) -> ContextState:
    """The state with the session that a Signal opens, closes or shows to be going on."""
    state = state.in_sitting(signal["session_id"], signal["sent_at"])
    sitting = state.sitting
    if signal["kind"] == "SESSION_CLOSED" and sitting is not None and _is_of(signal, sitting):
        return replace(state, sitting=replace(sitting, closed=True))
    return state


def strongest_state(emotion: Event) -> str | None:
    """The learning state that is likelier than not, '' where none is, None where nothing was read."""
    if emotion["cant_tell"] or not emotion["states"]:
        return None
    name, probability = max(emotion["states"].items(), key=lambda item: (item[1], item[0]))
    return str(name) if probability >= STATE_THRESHOLD else ""


def _without_moods(state: ContextState) -> ContextState:
    sitting, last = (one and replace(one, mood="") for one in (state.sitting, state.last_sitting))
    return replace(state, moods=(), sitting=sitting, last_sitting=last)


def _is_of(signal: Event, sitting: Sitting) -> bool:
    return (signal["session_id"] or "") == sitting.session_id and signal["sent_at"] >= sitting.started_at
