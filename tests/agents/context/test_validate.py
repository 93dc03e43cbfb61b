from collections.abc import Callable
from typing import Any

import pytest

from agents.context import validate
from agents.context.validate import InvalidEventError
from schemas.codec import Event
from tests.agents.context.events import NOON, SECOND, SETTINGS, attempt, feedback, message, signal


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"text": ""}, "text_empty"),
        ({"text": " \n\t\u200b\ufeff\u00a0"}, "text_empty"),
        ({"text": "x" * (SETTINGS.max_text_chars + 1)}, "text_too_long"),
        ({"tenant_id": ""}, "tenant_id"),
        ({"tenant_id": "a/b"}, "tenant_id"),
        ({"learner_id": "  "}, "learner_id"),
        ({"learner_id": "a/b"}, "learner_id"),
        ({"learner_id": "a\nb"}, "learner_id"),
        ({"learner_id": "a" * 257}, "learner_id"),
        ({"course_id": ""}, "course"),
        ({"concepts": [""]}, "concept"),
        ({"concepts": ["a\nb"]}, "concept"),
        ({"course_id": "a\x7fb"}, "course"),
        ({"concepts": ["c"] * 33}, "concepts"),
        ({"sent_at": NOON + 301 * SECOND}, "future_clock"),
        ({"sent_at": -1}, "sent_at"),
        ({"sent_at": -(2**62)}, "sent_at"),
        ({"sent_at": 253_402_300_800 * SECOND}, "sent_at"),
    ],
)
def test_refuses_a_message(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidEventError) as refused:
        validate.check(message(**fields), SETTINGS, NOON)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "x" * SETTINGS.max_text_chars},
        {"text": "?"},
        {"text": "🙂"},
        {"sent_at": NOON + 300 * SECOND},
        {"sent_at": 0},
        {"concepts": ["a concept that no curriculum has", "deux\u00a0mots", "م\u200cی"]},
        {"tenant_id": "école", "learner_id": "ада"},
    ],
)
def test_takes_a_message(fields: dict[str, Any]) -> None:
    validate.check(message(**fields), SETTINGS, NOON)


@pytest.mark.parametrize(
    ("check", "event", "reason"),
    [
        (validate.check_attempt, attempt(concept_id=" "), "concept"),
        (validate.check_attempt, attempt(item_id=""), "item"),
        (validate.check_attempt, attempt(item_id="a\x00b"), "item"),
        (validate.check_attempt, attempt(concept_id="a\x1bb"), "concept"),
        (validate.check_attempt, attempt(duration_ms=-1), "duration"),
        (validate.check_attempt, attempt(hints_used=-1), "hints"),
        (validate.check_attempt, attempt(answer="x" * 8001), "text_too_long"),
        (validate.check_attempt, attempt(tenant_id="a/b"), "tenant_id"),
        (validate.check_feedback, feedback(rating=0), "rating"),
        (validate.check_feedback, feedback(rating=6), "rating"),
        (validate.check_feedback, feedback(comment="x" * 8001), "text_too_long"),
        (validate.check_feedback, feedback(sent_at=NOON + 3600 * SECOND), "future_clock"),
        (validate.check_attempt, attempt(sent_at=-1), "sent_at"),
        (validate.check_feedback, feedback(sent_at=-1), "sent_at"),
        (validate.check_signal, signal(sent_at=-1), "sent_at"),
        (validate.check_signal, signal(learner_id=""), "learner_id"),
        (validate.check_erasure, signal(learner_id=""), "learner_id"),
    ],
)
def test_refuses_what_else_apps_send(check: Callable[..., None], event: Event, reason: str) -> None:
    with pytest.raises(InvalidEventError) as refused:
        check(event, SETTINGS, NOON)
    assert refused.value.reason == reason


def test_takes_what_else_apps_send() -> None:
    validate.check_attempt(attempt(duration_ms=None, answer="1/2", concept_id="new here"), SETTINGS, NOON)
    validate.check_feedback(feedback(rating=5, comment="thanks"), SETTINGS, NOON)
    validate.check_signal(signal(), SETTINGS, NOON)
    validate.check_erasure(signal(), SETTINGS, NOON)
