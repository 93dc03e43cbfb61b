"""What a stage is given, and what it gives back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from schemas.codec import Event
from schemas.topics import Topic


def no_rows(name: bytes) -> bytes | None:
    """The rows of a key that has none."""
    return None


@dataclass(frozen=True, slots=True)
class Record:
    """One decoded record and where it stood. `appended_at` is the broker's append time, microseconds, UTC.

    `maybe_repeated`: it was in the topic before the partition was assigned, so an earlier owner may have begun it.
    `waited`: seconds from its append until the work on it began.
    `rows` reads what the stage stored beside the key's state, by name.
    """

    topic: str
    partition: int
    offset: int
    key: bytes
    event: Event
    appended_at: int
    headers: dict[str, bytes] = field(default_factory=dict)
    maybe_repeated: bool = False
    waited: float = 0.0
    rows: Callable[[bytes], bytes | None] = no_rows


@dataclass(frozen=True, slots=True)
class Emit:
    """An event to produce. Without a `key` it keeps the input's key and partition number."""

    topic: Topic
    event: Event
    key: bytes | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one record: events to produce, and the key's new state (`None`: as it was).

    `rows` are values to store beside the state, by name (`None` deletes). With `forget` the state does not stay stored,
    nor the ids of the key's last inputs; rows are deleted by name.
    """

    emits: tuple[Emit, ...] = ()
    state: bytes | None = None
    forget: bool = False
    rows: Mapping[bytes, bytes | None] = field(default_factory=dict)


class Refused(Exception):
    """This record is bad: it goes to the dead letters and is never retried. `reason` is a short word.

    `key` is the key of the learner that the record names, where that is known not to be its own.
    """

    def __init__(self, reason: str, message: str, key: bytes | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.key = key


class NotNow(Exception):
    """Something this record needs is away: try it again later, nothing of it was done."""
