"""Events as the stages before routing make them."""

import uuid
from typing import Any

from schemas.codec import Event

NOW = 1_780_000_000_000_000
SECOND = 1_000_000


def piece(
    piece_id: str,
    text: str,
    *,
    layer: str = "memory",
    role: str = "system",
    tokens: int | None = None,
    value: float = 0.5,
    turn: int | None = None,
) -> dict[str, Any]:
    """A ContextPiece; its tokens by the common formula unless told."""
    return {
        "piece_id": piece_id,
        "layer": layer,
        "role": role,
        "text": text,
        "tokens": -int(-len(text.encode()) // 3.2) + 4 if tokens is None else tokens,
        "value": value,
        "turn": turn,
        "reason": "offered by a test",
    }


def scored(text: str = "What is a median?", **changes: Any) -> Event:
    """A ScoredMessage appended at `NOW` with 30 s to answer it."""
    event: Event = {
        "event_id": str(uuid.uuid4()),
        "tenant_id": "school",
        "learner_id": "ada",
        "session_id": None,
        "course_id": None,
        "sent_at": NOW - SECOND,
        "message_id": str(uuid.uuid4()),
        "text": text,
        "language": "en",
        "appended_at": NOW,
        "deadline_at": NOW + 30 * SECOND,
        "task": "explain",
        "concepts": ["median"],
        "pieces": [],
        "text_tokens": -int(-len(text.encode()) // 3.2) + 4,
        "token_budget": 1500,
        "turns_through": 0,
        "mastery": {"median": 0.4},
        "next_step": None,
        "missing": [],
        "emotion": {
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
        },
        "plan": {
            "tone": "neutral",
            "pace": "same",
            "acknowledge": False,
            "smaller_steps": False,
            "suggest_break": False,
            "challenge": False,
            "reasons": [],
            "encouragement": None,
        },
    }
    return {**event, **changes}
