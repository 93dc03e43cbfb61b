"""What every event of a simulated learner has in common."""

import random
import uuid

from schemas.codec import Event


def envelope(rng: random.Random, at: float) -> Event:
    """Ids and time of an event at `at` seconds; the id comes from `rng`, so that a seed gives the same run."""
    return {
        "event_id": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        "tenant_id": "simulated",
        "learner_id": "learner",
        "session_id": None,
        "course_id": None,
        "sent_at": int(at * 1e6),
        "message_id": None,
    }
