"""What a stage is given, and what it gives back."""

from dataclasses import dataclass, field

from schemas.codec import Event
from schemas.topics import Topic


@dataclass(frozen=True, slots=True)
class Record:
    """One decoded record and where it stood. `appended_at` is the broker's append time, microseconds, UTC.

    `maybe_repeated`: it was in the topic before the partition was assigned, so an earlier owner may have begun it.
    """

    topic: str
    partition: int
    offset: int
    key: bytes
    event: Event
    appended_at: int
    headers: dict[str, bytes] = field(default_factory=dict)
    maybe_repeated: bool = False


@dataclass(frozen=True, slots=True)
class Emit:
    """An event to produce. Without a `key` it keeps the input's key and partition number."""

    topic: Topic
    event: Event
    key: bytes | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one record: events to produce, and the key's new state (`None`: as it was).

    With `forget` nothing stays stored for the key, the ids of its last inputs included.
    """

    emits: tuple[Emit, ...] = ()
    state: bytes | None = None
    forget: bool = False


class Refused(Exception):
    """This record is bad: it goes to the dead letters and is never retried. `reason` is a short word."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class NotNow(Exception):
    """Something this record needs is away: try it again later, nothing of it was done."""
