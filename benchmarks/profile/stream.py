"""A long stream of plausible events of many learners, for timing."""

import random
import uuid
from collections.abc import Iterator

from config.curriculum import Curriculum
from schemas.codec import Event

SECOND = 1_000_000
DAY = 86_400 * SECOND
START = 1_700_000_000 * SECOND


def common(rng: random.Random, learner: int, at: int) -> Event:
    """The fields that all events have."""
    return {
        "event_id": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        "tenant_id": "school",
        "learner_id": f"learner-{learner}",
        "session_id": None,
        "course_id": None,
        "sent_at": at,
        "message_id": None,
    }


def attempt(rng: random.Random, learner: int, at: int, curriculum: Curriculum) -> Event:
    """A graded attempt on a random item, right in two cases of three."""
    concept = rng.choice(list(curriculum.concepts.values()))
    item = rng.choice(concept.items)
    return common(rng, learner, at) | {
        "concept_id": concept.id,
        "item_id": item.id,
        "correct": rng.random() < 0.67,
        "duration_ms": int(rng.lognormvariate(9.3, 0.6)),
        "hints_used": int(rng.random() < 0.2),
        "answer": None,
    }


def response(rng: random.Random, learner: int, at: int, curriculum: Curriculum) -> Event:
    """A reply as the routing stage makes it: twelve features, four pieces of prompt."""
    message_id = str(uuid.UUID(int=rng.getrandbits(128), version=4))
    states = {name: rng.random() for name in ("frustrated", "confused", "bored", "engaged", "anxious", "confident")}
    return common(rng, learner, at) | {
        "message_id": message_id,
        "response_id": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        "source": "PROVIDER",
        "provider": "groq",
        "cost_usd": rng.random() / 1000,
        "provider_ms": rng.random() * 2000,
        "completion_tokens": rng.randrange(20, 400),
        "task": "explain",
        "concepts": [rng.choice(list(curriculum.concepts))],
        "item_id": None,
        "emotion": {"model": "made", "cant_tell": False, "states": states, "valence": rng.uniform(-1, 1)},
        "decision": {
            "policy": "linear-1",
            "features": {f"feature_{number}": rng.random() for number in range(12)},
            "propensity": 0.8,
        },
        "prompt": [
            {"layer": layer, "tokens": rng.randrange(10, 200), "included": True}
            for layer in ("profile", "conversation", "conversation", "memory")
        ],
    }


def history(learner: int, events: int, curriculum: Curriculum, seed: int = 1) -> Iterator[tuple[str, Event]]:
    """`events` events of one learner, one in three a reply: sittings of 20 minutes, some days apart."""
    rng = random.Random(f"{seed}/{learner}")
    at = START + rng.randrange(30 * DAY)
    for number in range(events):
        at += int(rng.expovariate(1 / 40)) * SECOND if number % 30 else int(rng.uniform(0.2, 9) * DAY)
        if rng.random() < 1 / 3:
            yield "response", response(rng, learner, at, curriculum)
        else:
            yield "attempt", attempt(rng, learner, at, curriculum)
