"""Records that must not be answered, each with the reason that its dead letter gives."""

import os
import time
import uuid
from dataclasses import dataclass

from schemas import codec
from schemas.codec import Event
from schemas.ids import learner_key

TENANT = "bad"
# What a worker's producer takes of one record; a copy with a dead letter's headers is larger.
MOST_BYTES = 4 * 2**20


@dataclass(frozen=True)
class Bad:
    name: str
    value: bytes | None
    reason: str
    key: bytes = learner_key(TENANT, "l")


def message(**fields: object) -> Event:
    identity = str(uuid.uuid4())
    return {
        "event_id": identity,
        "message_id": identity,
        "tenant_id": TENANT,
        "learner_id": "l",
        "session_id": None,
        "course_id": None,
        "sent_at": time.time_ns() // 1000,
        "text": "What is a half of a half?",
        "language": None,
        "concepts": [],
        **fields,
    }


def encoded(**fields: object) -> bytes:
    return codec.encode("LearnerMessage", message(**fields))


def bad_records(max_text_chars: int) -> list[Bad]:
    feedback = codec.encode(
        "Feedback",
        {**{k: v for k, v in message().items() if k not in ("text", "language", "concepts")}, "kind": "HELPFUL",
         "rating": None, "comment": None},
    )  # fmt: skip
    return [
        Bad("bytes that are neither Avro nor JSON", b"\xff\xfe\x00garbage", "encoding"),
        Bad("an empty value", b"", "empty"),
        Bad("an unknown fingerprint", b"\xc3\x01" + b"\x01" * 20, "unknown_schema"),
        Bad("an unknown schema id", b"\x00\x00\x00\x10\x01" + b"\x02" * 20, "unknown_schema"),
        Bad("another event's schema", feedback, "wrong_schema"),
        Bad("Avro that is cut off", encoded()[:40], "avro"),
        Bad("JSON that is cut off", b'{"tenant_id": "bad", "learner_id"', "json"),
        Bad("JSON without a needed field", b'{"tenant_id": "bad", "learner_id": "l"}', "json"),
        Bad("JSON with a field of the wrong type", b'{"tenant_id": "bad", "learner_id": "l", "text": 5}', "json"),
        Bad("an id that is none", encoded(message_id="not-an-id"), "id"),
        Bad("an empty text", encoded(text="   "), "text_empty"),
        Bad("a text that is too long", encoded(text="x" * (max_text_chars + 1)), "text_too_long"),
        Bad("a clock in the future", encoded(sent_at=time.time_ns() // 1000 + 3_600_000_000), "future_clock"),
        Bad("a clock before all clocks", encoded(sent_at=-(2**62)), "sent_at"),
        Bad("one that is too large to copy", b"{" + os.urandom(MOST_BYTES - 200), "json"),
        Bad("a learner id with a slash", encoded(learner_id="a/b"), "learner_id"),
    ]
