"""A version of the program whose Feedback has a field more, and what it writes."""

import json

from schemas import catalogue
from schemas.codec import Event, encode

FEEDBACK = {
    "event_id": "6d617374-6572-4878-8000-000000000002",
    "tenant_id": "demo",
    "learner_id": "ada",
    "session_id": "6d617374-6572-4878-8000-000000000004",
    "course_id": None,
    "sent_at": 1,
    "message_id": "6d617374-6572-4878-8000-000000000003",
    "kind": "HELPFUL",
    "rating": None,
    "comment": None,
}
LATER = {"name": "added_later", "type": ["null", "string"], "default": None, "doc": "What another version adds."}


def of_another_version(name: str = "Feedback") -> tuple[bytes, bytes]:
    """Fingerprint and JSON of the event's schema with a field more."""
    schema = json.loads(json.dumps(catalogue.declared(name)))
    schema["fields"].append(LATER)
    return catalogue.rabin(schema), json.dumps(schema).encode()


def written_by_it(mark: bytes, name: str = "Feedback", event: Event = FEEDBACK) -> bytes:
    """An event of that version. A null and its branch of the union are one byte behind what ours writes."""
    return b"\xc3\x01" + mark + encode(name, event)[10:] + b"\x00"
