"""Events as the apps and the other stages send them, with what a test cares about changed."""

import uuid
from typing import Any

from schemas.codec import Event

NOON = 1_700_000_000_000_000
SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 86_400 * SECOND

_count = 0


def fresh_id() -> str:
    """A UUID that no other call of this process gives."""
    global _count
    _count += 1
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"given/{_count}"))


def base(at: int = NOON, **changes: Any) -> Event:
    event: Event = {
        "event_id": fresh_id(),
        "tenant_id": "school",
        "learner_id": "ada",
        "session_id": None,
        "course_id": None,
        "sent_at": at,
        "message_id": None,
    }
    return event | changes


def attempt(correct: bool = True, at: int = NOON, concept: str = "fractions", **changes: Any) -> Event:
    event = base(at) | {
        "concept_id": concept,
        "item_id": f"{concept}-1",
        "correct": correct,
        "duration_ms": 9000,
        "hints_used": 0,
        "answer": None,
    }
    return event | changes


def reading(**states: float) -> dict[str, Any]:
    return {
        "model": "test-1",
        "emotions": {},
        "valence": 0.1,
        "arousal": 0.0,
        "dominance": 0.0,
        "states": states,
        "confidence": 0.8,
        "cant_tell": not states,
        "crisis": False,
        "baseline": {},
        "trend": {},
        "spell": None,
        "spell_messages": 0,
    }


def response(at: int = NOON, **changes: Any) -> Event:
    message_id = fresh_id()
    event = base(at, message_id=message_id) | {
        "response_id": fresh_id(),
        "turn": 1,
        "text": "Multiply both by the same number.",
        "message_text": "how do I make them alike?",
        "source": "PROVIDER",
        "provider": "groq",
        "model": "some-model",
        "template_version": "1",
        "finish_reason": "stop",
        "prompt_tokens": 200,
        "completion_tokens": 40,
        "cost_usd": 0.001,
        "provider_ms": 500.0,
        "first_token_ms": 100.0,
        "tries": [],
        "repeated_call": False,
        "appended_at": at,
        "deadline_at": at + 30 * SECOND,
        "task": "explain",
        "concepts": ["fractions"],
        "item_id": None,
        "emotion": reading(confused=0.5, engaged=0.3),
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
        "decision": {
            "policy": "order-1",
            "features": {"tokens": 200.0},
            "candidates": [],
            "propensity": 1.0,
        },
        "prompt": [
            {
                "piece_id": "profile:summary",
                "layer": "profile",
                "tokens": 30,
                "value": 1.0,
                "included": True,
                "reason": "",
                "text": "…",
            },
            {
                "piece_id": "turn:1",
                "layer": "conversation",
                "tokens": 90,
                "value": 1.0,
                "included": True,
                "reason": "",
                "text": "…",
            },
            {
                "piece_id": "memory:1",
                "layer": "memory",
                "tokens": 500,
                "value": 0.1,
                "included": False,
                "reason": "over budget",
                "text": "…",
            },
        ],
        "prompt_budget": 1500,
        "missing": [],
    }
    return event | changes


def feedback(on: Event, kind: str = "HELPFUL", at: int = NOON, rating: int | None = None) -> Event:
    return base(at, message_id=on["message_id"]) | {"kind": kind, "rating": rating, "comment": None}


def signal(kind: str = "TYPING", at: int = NOON) -> Event:
    return base(at) | {"kind": kind}
