"""Which event ids came already: a record that was produced twice is sent once."""

from collections import OrderedDict


class Seen:
    """The last `most` ids with the place each was first at."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._places: OrderedDict[str, tuple[int, int, int]] = OrderedDict()

    def first(self, event_id: str, place: tuple[int, int, int]) -> bool:
        """Whether `place` (topic's number, partition, offset) is the first at which this id stood."""
        known = self._places.get(event_id)
        if known is not None:
            return known == place
        self._places[event_id] = place
        if len(self._places) > self._most:
            self._places.popitem(last=False)
        return True
