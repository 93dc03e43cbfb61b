"""From a learner's message and their row to the event that the rest of the way works on."""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np

from agents.context import encoder as encoders
from agents.context import layers, tasks, tokens
from agents.context.attacks import is_attack
from agents.context.choose import TEMPLATE_TOKENS, choose
from agents.context.encoder import Encoder
from agents.context.mask import mask
from agents.context.memory import offer as memories
from agents.context.memory.recall import SAID
from agents.context.question import question
from agents.context.spot import Spotter, spotter
from agents.context.state import ContextState
from agents.context.weights import FIXED, LayerWeights
from config.mastery import band, mean
from config.settings import Settings
from schemas.codec import Event
from schemas.ids import derived

MICROS = 1_000_000
CONCEPTS_AT_HAND = 8


def enrich(
    state: ContextState,
    message: Event,
    appended_at: int,
    settings: Settings,
    encoder: Encoder | None = None,
    weights: LayerWeights | None = None,
) -> tuple[Event, ContextState]:
    """The EnrichedMessage of `message`, and the row after it.

    `appended_at` is the broker's append time of the message, microseconds, UTC. Only turns whose reply has been seen
    are among the pieces; `turns_through` tells the routing stage from which turn on to add its own. Without `encoder`,
    the one that comes with the package is used; where there is none, memory is searched by letter, and `missing` says
    so. Raises `CurriculumError` where the curriculum can't be read.
    """
    encoder = encoder or encoders.default()
    state = state.in_sitting(message["session_id"], message["sent_at"])
    masked = masker(settings)
    text = masked(message["text"])
    vectors = encoder.encode([text]) if encoder is not None else None
    vector = None if vectors is None else vectors[0]
    # An attempt to steer the model is not a question, whatever its words are like.
    task = "unsafe" if is_attack(text) else tasks.default().task(text, vector)
    concepts = concepts_at_hand(state, message, spotter(settings.curriculum_file))
    known = {known.concept: known for known in state.profile.concepts} if state.profile else {}
    text_tokens = tokens.count(text)
    room = settings.context_tokens - text_tokens - TEMPLATE_TOKENS
    pieces = layers.offer(state, text, concepts, message["sent_at"], room)
    # Where the turns fit as they are, single sentences of them would say the same again.
    whole = (
        {piece["turn"] for piece in pieces} if sum(piece["tokens"] for piece in pieces) <= room else frozenset[int]()
    )
    remembered = memories.offer(state.memory, text, message["sent_at"], vector, whole)
    offered = [_masked(piece, masked) for piece in (*pieces, *remembered)]
    mastery = {name: known[name].p_correct for name in concepts if name in known}
    # Without `weights` the fixed values stand.
    weighted = weights.choose(task, message["message_id"], band(mean(mastery.values()))) if weights is not None else {}
    if any(weight != FIXED for weight in weighted.values()):
        scale = max(weighted.values())
        offered = [{**piece, "value": piece["value"] * weighted[piece["layer"]] / scale} for piece in offered]
    asked = question(text, task)
    event: dict[str, Any] = {
        field: message[field]
        for field in ("tenant_id", "learner_id", "session_id", "course_id", "sent_at", "message_id", "language")
    }
    event |= {
        "event_id": derived(message["event_id"], "context"),
        "appended_at": appended_at,
        "deadline_at": appended_at + round(settings.deadline_seconds * MICROS),
        "text": text,
        "task": task,
        "concepts": list(concepts),
        "pieces": choose(offered, room),
        "text_tokens": text_tokens,
        "token_budget": settings.context_tokens,
        "turns_through": state.turns_through,
        "mastery": mastery,
        "next_step": dict(state.profile.next_step) if state.profile and state.profile.next_step else None,
        "missing": [] if encoder is not None else ["embeddings"],
        "layer_weights": weighted,
        "question": None
        if asked is None
        else {
            "frame": asked.frame,
            "words": list(asked.words),
            "vector": b"",
            "facts": facts(pieces, state),
        },
    }
    return event, state


def facts(pieces: Sequence[layers.Piece], state: ContextState) -> str:
    """A digest of what a reply may have been built on: the profile, and the statements in memory.

    A statement that is corrected gets a new number, one that is forgotten loses its own. What was merely said is no
    statement: so a wish to forget makes another digest, whatever it is about.
    """
    stated = state.memory.numbers[state.memory.kinds < SAID]
    # Sorted: a row that is read anew has its items in the order of their numbers, one that was kept as they came.
    digest = blake2b(np.sort(stated).tobytes(), digest_size=8)
    if state.forgot:
        digest.update(b"forgot %d" % state.forgot)
    for piece in pieces:
        if piece["layer"] == "profile":
            digest.update(piece["text"].encode())
    return digest.hexdigest()


def concepts_at_hand(state: ContextState, message: Event, spotter: Spotter) -> tuple[str, ...]:
    """What the message is about: as the app says, else as its words say, else as the last turn of this sitting was."""
    named = tuple(dict.fromkeys(message["concepts"]))[:CONCEPTS_AT_HAND] or spotter.spot(message["text"])
    if named or not state.turns or state.sitting is None:
        return named
    last = state.turns[-1]
    return last.concepts if last.sent_at >= state.sitting.started_at else ()


def masker(settings: Settings) -> Callable[[str], str]:
    """What text goes through on its way to a provider."""
    return mask if getattr(settings, "mask_pii", True) else str


def _masked(piece: layers.Piece, masked: Callable[[str], str]) -> layers.Piece:
    text = masked(piece["text"])
    return piece if text == piece["text"] else {**piece, "text": text, "tokens": tokens.count(text)}
