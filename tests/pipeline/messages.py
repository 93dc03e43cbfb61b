"""What an app sends, for tests of how it is read."""

import uuid

from schemas.codec import Event

MESSAGE: Event = {
    "event_id": str(uuid.UUID(int=1)),
    "tenant_id": "school",
    "learner_id": "ada",
    "session_id": None,
    "course_id": None,
    "sent_at": 1_767_225_600_000_000,
    "message_id": str(uuid.UUID(int=2)),
    "text": "Why is it 3x?",
    "language": "en",
    "concepts": ["derivative"],
}
