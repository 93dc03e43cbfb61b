"""One record of a topic, decoded."""

from dataclasses import dataclass

from schemas.codec import Event


@dataclass(frozen=True, slots=True)
class Seen:
    """`appended_ms` is the broker's timestamp; `at` when it was read, seconds on a clock that only goes forward."""

    topic: str
    event: Event
    appended_ms: int
    at: float
