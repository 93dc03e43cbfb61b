"""Small records for the delivery tests: attempts in, learning events out."""

import uuid

from pipeline.delivery.intake import RawRecord
from schemas import codec
from schemas.codec import Event
from schemas.ids import derived, learner_key
from schemas.topics import ATTEMPTS

PARTITIONS = 4


def attempt(learner: str = "l1", **fields: object) -> Event:
    return {
        "event_id": str(uuid.uuid4()),
        "tenant_id": "t",
        "learner_id": learner,
        "session_id": None,
        "course_id": None,
        "sent_at": 1_700_000_000_000_000,
        "message_id": None,
        "concept_id": "fractions",
        "item_id": "fractions-1",
        "correct": True,
        "duration_ms": None,
        "hints_used": 0,
        "answer": None,
        **fields,
    }


def learning_event(cause: Event, value: float) -> Event:
    return {
        "event_id": derived(cause["event_id"], "test"),
        **{name: cause[name] for name in ("tenant_id", "learner_id", "session_id", "course_id", "sent_at")},
        "message_id": None,
        "kind": "seen",
        "concept_id": None,
        "item_id": None,
        "model": None,
        "predicted": None,
        "outcome": None,
        "value": value,
        "detail": {},
    }


def partition_of(key: bytes) -> int:
    return sum(key) % PARTITIONS


def raw(event: Event, offset: int = 0, **fields: object) -> RawRecord:
    key = learner_key(event["tenant_id"], event["learner_id"])
    values: dict[str, object] = {
        "topic": ATTEMPTS.name,
        "partition": partition_of(key),
        "offset": offset,
        "key": key,
        "value": codec.encode("Attempt", event),
        "appended_at": 1_700_000_000_000_000,
        **fields,
    }
    return RawRecord(**values)  # type: ignore[arg-type]
