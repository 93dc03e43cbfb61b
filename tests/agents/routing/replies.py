"""Responses as routing makes them."""

import uuid
from typing import Any

from schemas.codec import Event
from tests.agents.routing.events import NOW, scored


def response(**changes: Any) -> Event:
    """A TutorResponse of a provider's."""
    message = scored()
    event: Event = {
        **{name: message[name] for name in ("event_id", "tenant_id", "learner_id", "session_id", "course_id")},
        **{name: message[name] for name in ("sent_at", "appended_at", "deadline_at", "task", "concepts")},
        **{name: message[name] for name in ("emotion", "plan", "missing")},
        "message_id": str(uuid.uuid4()),
        "response_id": str(uuid.uuid4()),
        "turn": 1,
        "text": "The middle one.",
        "message_text": "What is a median?",
        "source": "PROVIDER",
        "provider": "local",
        "model": "openai/local",
        "template_version": "tutor/1",
        "finish_reason": "stop",
        "prompt_tokens": 100,
        "completion_tokens": 10,
        "cost_usd": 0.0,
        "lost_usd": 0.0,
        "provider_ms": 12.0,
        "first_token_ms": 3.0,
        "tries": [],
        "repeated_call": False,
        "item_id": None,
        "decision": {"policy": "declared-order/1", "features": {}, "candidates": [], "propensity": 1.0},
        "prompt": [],
        "prompt_budget": 1500,
        "cache": None,
        "layer_weights": {},
    }
    assert event["appended_at"] == NOW
    return {**event, **changes}
