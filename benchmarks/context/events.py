"""The events that a history makes of a learner, filled in where context does not look."""

import uuid
from typing import Any

from schemas.codec import Event
from schemas.ids import derived

READING: dict[str, Any] = {
    "model": "off",
    "emotions": {},
    "valence": 0.0,
    "arousal": 0.0,
    "dominance": 0.0,
    "states": {},
    "confidence": 0.0,
    "cant_tell": True,
    "crisis": False,
    "baseline": {},
    "trend": {},
    "spell": None,
    "spell_messages": 0,
}


def message(learner: str, number: int, text: str, sent_at: int, sitting: int) -> Event:
    """A LearnerMessage."""
    identity = derived(learner, "message", str(number))
    return {
        "event_id": identity,
        "tenant_id": "bench",
        "learner_id": learner,
        "session_id": str(uuid.UUID(int=sitting + 1)),
        "course_id": None,
        "sent_at": sent_at,
        "message_id": identity,
        "text": text,
        "language": None,
        "concepts": [],
    }


def response(asked: Event, number: int, text: str) -> Event:
    """What context reads of the TutorResponse to `asked`."""
    return {
        **{name: asked[name] for name in ("tenant_id", "learner_id", "session_id", "course_id", "message_id")},
        "sent_at": asked["sent_at"],
        "turn": number,
        "text": text,
        "message_text": asked["text"],
        "source": "PROVIDER",
        "concepts": [],
        "emotion": READING,
    }


def profile(revision: int) -> Event:
    """What context reads of a LearnerProfile, with eight concepts and six traits."""
    known = {"p_correct": 0.6, "mastered": False, "due_at": None}
    return {
        "revision": revision,
        "messages": revision,
        "attempts": revision,
        "correct": revision // 2,
        "concepts": [{"concept_id": f"concept-{number}", **known} for number in range(8)],
        "traits": [{"name": f"trait-{number}", "value": 0.5, "unit": "share"} for number in range(6)],
        "next_step": None,
    }
