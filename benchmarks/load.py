"""Made-up traffic for tests, benchmarks and fault runs: messages of learners who ask about fractions."""

import time
import uuid
from collections.abc import Sequence

from cli.replay.recorded import Recorded
from schemas.topics import MESSAGES

NAMESPACE = uuid.UUID("6d617374-6572-4878-8000-0000000010ad")
TENANT = "load"
ASKED = (
    "I do not get how to add {a}/{b} and 1/2, can you explain?",
    "So is {a}/{b} bigger than 2/3? I am not sure any more.",
    "Ok I think I got it now, give me another one like {a}/{b}.",
    "This is the third time I got {a}/{b} wrong, it makes no sense!",
    "Why do we turn {a}/{b} upside down when we divide?",
)


def messages(count: int, learners: int, *, run: str = "load", tenant: str = TENANT) -> Sequence[Recorded]:
    """`count` messages, the learners in turn. Ids follow from `run`: the same run makes the same ids."""
    now = time.time_ns() // 1000
    return [_message(number, number % learners, run, tenant, now + number) for number in range(count)]


def _message(number: int, learner: int, run: str, tenant: str, sent_at: int) -> Recorded:
    identity = str(uuid.uuid5(NAMESPACE, f"{run}/{number}"))
    text = ASKED[number % len(ASKED)].format(a=number % 7 + 1, b=number % 9 + 2)
    return Recorded(
        MESSAGES,
        {
            "event_id": identity,
            "message_id": identity,
            "tenant_id": tenant,
            "learner_id": f"learner-{learner:05d}",
            "session_id": str(uuid.uuid5(NAMESPACE, f"{run}/session/{learner}")),
            "course_id": "mathematics",
            "sent_at": sent_at,
            "text": text,
            "language": "en",
            "concepts": ["fractions"],
        },
    )
