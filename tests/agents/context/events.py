"""Events as the other stages and apps make them, filled in where a test says nothing."""

import uuid
from typing import Any

from config.settings import Settings
from schemas.codec import Event

SETTINGS = Settings(_env_file=None)
NOON = 1_700_000_000_000_000
SECOND = 1_000_000
MINUTE = 60 * SECOND
SESSION = str(uuid.UUID(int=7))


def envelope(name: str, **fields: Any) -> Event:
    return {
        "event_id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{name}{sorted(fields.items())!r}")),
        "tenant_id": "school",
        "learner_id": "ada",
        "session_id": SESSION,
        "course_id": None,
        "sent_at": NOON,
        "message_id": str(uuid.uuid5(uuid.NAMESPACE_OID, repr(sorted(fields.items())))),
        **fields,
    }


def message(text: str = "What is a fraction?", **fields: Any) -> Event:
    return envelope("message", text=text, language=None, concepts=fields.pop("concepts", []), **fields)


def attempt(**fields: Any) -> Event:
    defaults = {"concept_id": "fractions", "item_id": "f1", "correct": True, "duration_ms": 4000, "hints_used": 0}
    return envelope("attempt", **{**defaults, "answer": None, **fields})


def feedback(**fields: Any) -> Event:
    return envelope("feedback", **{"kind": "HELPFUL", "rating": None, "comment": None, **fields})


def signal(kind: str = "SESSION_OPENED", **fields: Any) -> Event:
    return envelope("signal", kind=kind, **fields)


def reading(valence: float = 0.0, **fields: Any) -> Event:
    return {
        "model": "test",
        "emotions": {},
        "valence": valence,
        "arousal": 0.0,
        "dominance": 0.0,
        "states": {"frustrated": 0.1, "engaged": 0.2},
        "confidence": 0.8,
        "cant_tell": False,
        "crisis": False,
        "baseline": {},
        "trend": {},
        "spell": None,
        "spell_messages": 0,
        **fields,
    }


def response(turn: int, **fields: Any) -> Event:
    defaults: dict[str, Any] = {
        "sent_at": NOON + turn * MINUTE,
        "response_id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"response{turn}")),
        "turn": turn,
        "text": f"reply {turn}",
        "message_text": f"question {turn}",
        "source": "PROVIDER",
        "provider": "first",
        "model": "small",
        "template_version": "1",
        "finish_reason": "stop",
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "cost_usd": 0.0001,
        "provider_ms": 400.0,
        "first_token_ms": 100.0,
        "tries": [{"provider": "first", "model": "small", "outcome": "ok", "error": None, "elapsed_ms": 400.0}],
        "repeated_call": False,
        "appended_at": NOON + turn * MINUTE,
        "deadline_at": NOON + turn * MINUTE + 30 * SECOND,
        "task": "explain",
        "concepts": [],
        "item_id": None,
        "emotion": reading(),
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
        "decision": {"policy": "order", "features": {}, "candidates": [], "propensity": 1.0},
        "prompt": [],
        "prompt_budget": 1500,
        "missing": [],
    }
    return envelope("response", **{**defaults, **fields})


def knowledge(concept: str = "fractions", **fields: Any) -> Event:
    return {
        "concept_id": concept,
        "attempts": 4,
        "correct": 3,
        "p_correct": 0.75,
        "uncertainty": 0.1,
        "mastered": False,
        "last_attempt_at": None,
        "retrievability": None,
        "due_at": None,
        **fields,
    }


def profile(revision: int = 1, **fields: Any) -> Event:
    defaults: dict[str, Any] = {
        "revision": revision,
        "caused_by": str(uuid.UUID(int=1)),
        "messages": 3,
        "attempts": 4,
        "correct": 3,
        "ability": 0.4,
        "ability_uncertainty": 0.3,
        "concepts": [knowledge()],
        "traits": [],
        "predictions": [],
        "emotion_baseline": {},
        "next_step": None,
    }
    return envelope("profile", **{**defaults, **fields})


def next_step(**fields: Any) -> Event:
    return {
        "kind": "practice",
        "concept_id": "fractions",
        "item_id": "f2",
        "target_success": 0.8,
        "predicted_success": 0.7,
        "depth": "normal",
        "step_size": "small",
        "reasons": ["below mastery"],
        **fields,
    }
