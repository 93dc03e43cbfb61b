"""What a fetch must name when broker and client both remember the fetch before it (KIP-227)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Place = tuple[str, int]  # topic, partition

FIRST_EPOCH = 0
LAST_EPOCH = 2**31 - 1
NO_SESSION = 0


@dataclass(frozen=True, slots=True)
class Fetch:
    """One request: `changed` are the places whose offset the broker does not know yet, `forgotten` those that it is
    to leave out from now on."""

    session_id: int
    epoch: int
    changed: tuple[tuple[Place, int], ...]
    forgotten: tuple[Place, ...]


class FetchSession:
    """The client's side of one broker's fetch session.

    Epoch 0 names every place and asks for a new session (closing the one it names); epochs from 1 name only what
    differs from the request before. A request must be followed by `answered` or `failed` before the next one.
    """

    def __init__(self) -> None:
        self._id = NO_SESSION
        self._epoch = FIRST_EPOCH
        self._known: dict[Place, int] = {}

    def next(self, wanted: Mapping[Place, int]) -> Fetch:
        """The request that makes the broker read `wanted` (place to offset) and nothing else."""
        known = {} if self._epoch == FIRST_EPOCH else self._known
        changed = tuple((place, offset) for place, offset in wanted.items() if known.get(place) != offset)
        forgotten = tuple(place for place in known if place not in wanted)
        self._known = dict(wanted)
        return Fetch(self._id, self._epoch, changed, forgotten)

    def answered(self, session_id: int) -> None:
        """The broker answered without an error for the whole request; `session_id` 0 says that it keeps none."""
        if session_id == NO_SESSION:
            self._id, self._epoch = NO_SESSION, FIRST_EPOCH
        else:
            self._id = session_id
            self._epoch = 1 if self._epoch == LAST_EPOCH else self._epoch + 1

    def failed(self, *, unknown: bool = False) -> None:
        """No answer, or one that refuses the session (`unknown`: the broker has none of that id): begin anew."""
        self._epoch = FIRST_EPOCH
        if unknown:
            self._id = NO_SESSION


def by_topic(places: Iterable[Place]) -> list[tuple[str, list[int]]]:
    """Partitions grouped by topic, in the order in which they come."""
    grouped: dict[str, list[int]] = {}
    for topic, partition in places:
        grouped.setdefault(topic, []).append(partition)
    return list(grouped.items())
