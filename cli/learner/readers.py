"""Which worker app reads a learner's records where, and keeps state of them.

By name, since asking the stages themselves loads their models; a test compares.
"""

from schemas import topics
from schemas.topics import Topic, dead_letters

# In the order in which a message makes them.
FLOW = (
    (topics.MESSAGES, topics.ATTEMPTS, topics.FEEDBACK, topics.SIGNALS),
    (topics.ENRICHED,),
    (topics.SCORED,),
    (topics.RESPONSES,),
    (topics.PROFILES, topics.REWARDS),
)
MADE = (topics.INTERVENTIONS, topics.LEARNING_EVENTS)
OF_LEARNERS = (*(topic for hop in FLOW for topic in hop), *MADE, topics.ERASURES)
COMPACTED = tuple(topic for topic in OF_LEARNERS if topic.compacted)

READS: dict[str, tuple[Topic, ...]] = {
    "core": (
        *FLOW[0],
        topics.ENRICHED,
        topics.RESPONSES,
        topics.PROFILES,
        topics.LEARNING_EVENTS,
        topics.ERASURES,
    ),
    "routing": (topics.SCORED, topics.REWARDS, topics.ERASURES),
    "sinks": (*OF_LEARNERS, *(dead_letters(topic) for topic in OF_LEARNERS)),
}
STATES: dict[str, tuple[str, ...]] = {
    "core": ("context", "emotion", "profile", "analytics"),
    "routing": ("routing",),
}


def group(app: str) -> str:
    """The app's consumer group."""
    return f"masterx-{app}"


def changelogs() -> tuple[str, ...]:
    """The changelog topics of all states."""
    from pipeline.changelogs import name

    return tuple(name(group(app), stage) for app, stages in STATES.items() for stage in stages)


def state_keys(key: bytes) -> tuple[bytes, ...]:
    """What a learner's state is stored under: the key, and where a stage takes batches the ids of its last inputs."""
    return (key, b"seen\0" + key)
