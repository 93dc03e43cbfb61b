"""Made-up attempts for the parts of the benchmark that start from events."""

import uuid
from collections.abc import Iterator

from cli.replay.recorded import Recorded
from schemas.topics import ATTEMPTS

NAMESPACE = uuid.UUID("6d617374-6572-4878-8000-0000000a7731")
START = 1_772_438_400_000_000  # 2026-03-02T08:00:00Z, microseconds
CONCEPTS = 12
EVERY_MICROS = 10_000


def attempts(count: int, learners: int, *, tenant: str = "bench") -> Iterator[Recorded]:
    """`count` attempts, one each ten milliseconds of event time, the learners in turn; the same at each call."""
    for number in range(count):
        learner = number % learners
        concept = f"concept-{number // learners % CONCEPTS:02}"
        yield Recorded(
            ATTEMPTS,
            {
                "event_id": str(uuid.uuid5(NAMESPACE, f"{tenant}/{number}")),
                "tenant_id": tenant,
                "learner_id": f"learner-{learner:05}",
                "session_id": str(uuid.uuid5(NAMESPACE, f"{tenant}/session/{learner}")),
                "course_id": "mathematics",
                "sent_at": START + number * EVERY_MICROS,
                "message_id": None,
                "concept_id": concept,
                "item_id": f"{concept}/{number % 7}",
                "correct": number * 7919 % 10 < 6,
                "duration_ms": 4_000 + number * 37 % 9_000,
                "hints_used": number % 3 // 2,
                "answer": None,
            },
        )
