"""What several stages of one app read is decoded once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from schemas.codec import Event

MOST_KEPT = 4096


@dataclass(slots=True)
class _Kept:
    value: bytes | None
    event: Event
    awaited: int


class DecodedOnce:
    """Events by their record's place, kept until every stage that reads the topic has had them.

    `readers`: how many stages read each topic. The stages share the event, so none may change it; they copy what they
    build on. A stage that fell far behind decodes for itself: at most `most` events are kept, the oldest go first.
    """

    def __init__(self, readers: Mapping[str, int], most: int = MOST_KEPT) -> None:
        self._readers = readers
        self._most = most
        self._kept: dict[tuple[str, int, int], _Kept] = {}

    def event(self, place: tuple[str, int, int], value: bytes | None, decode: Callable[[], Event]) -> Event:
        """The event of the record at `place` (topic, partition, offset) with bytes `value`.

        Raises what `decode` does.
        """
        others = self._readers.get(place[0], 1) - 1
        if others < 1:
            return decode()
        kept = self._kept.get(place)
        # A topic that was made anew has other records at the same places.
        if kept is not None and kept.value == value:
            kept.awaited -= 1
            if not kept.awaited:
                del self._kept[place]
            return kept.event
        event = decode()
        self._kept[place] = _Kept(value, event, others)
        if len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]
        return event
