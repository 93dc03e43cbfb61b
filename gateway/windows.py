"""One tenant's latest windows: what each partition has counted of them, added up."""

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, NamedTuple

from schemas.codec import Event

MOST_WINDOWS = 200
MOST_PARTIALS = 10_000
# Sums are added in billionths, as they were made: whole numbers add up to the same in any order.
FRACTION = 1_000_000_000

# kind, dimension, length in seconds
Place = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which aggregates a watcher asked for; None: all."""

    kinds: frozenset[str] | None = None
    scopes: frozenset[str] | None = None

    def __contains__(self, place: tuple[str, str]) -> bool:
        """Whether the windows of this kind and dimension are among them."""
        kind, dimension = place
        return (self.kinds is None or kind in self.kinds) and (self.scopes is None or dimension in self.scopes)


ALL = Wanted()


class Partial(NamedTuple):
    """What one partition has counted of a window; `sums` are in billionths."""

    revision: int
    final: bool
    late: int
    counts: dict[str, int]
    sums: dict[str, int]


class Window:
    """One window; `start` in microseconds of event time, UTC."""

    def __init__(self, place: Place, start: int) -> None:
        self.place, self.start = place, start
        self.partials: dict[int, Partial] = {}
        self._counts: dict[str, int] = {}
        self._sums: dict[str, int] = {}
        self._shown: dict[str, Any] | None = None

    def take(self, partition: int, partial: Partial) -> bool:
        """Put the partition's newest partial in the older one's place; False where it is not newer."""
        known = self.partials.get(partition)
        if known is not None and known.revision >= partial.revision:
            return False
        if known is not None:
            self._add(known, -1)
        self.partials[partition] = partial
        self._add(partial, 1)
        self._shown = None
        return True

    def shown(self) -> dict[str, Any]:
        """As frames have it: the sums over `partials` partitions, final once each of them has closed it."""
        if self._shown is None:
            kind, dimension, seconds = self.place
            partials = self.partials.values()
            self._shown = {
                "kind": kind,
                "dimension": dimension,
                "window_start": self.start,
                "window_s": seconds,
                "final": all(partial.final for partial in partials),
                "revision": sum(partial.revision for partial in partials),
                "partials": len(partials),
                "counts": dict(self._counts),
                "sums": {name: total / FRACTION for name, total in self._sums.items()},
                "late": sum(partial.late for partial in partials),
            }
        return self._shown

    def _add(self, partial: Partial, sign: int) -> None:
        for whole, part in ((self._counts, partial.counts), (self._sums, partial.sums)):
            for name, value in part.items():
                whole[name] = whole.get(name, 0) + sign * value


class Windows:
    """The latest window of each kind, dimension and length; those that changed last come last."""

    def __init__(self) -> None:
        self._windows: OrderedDict[Place, Window] = OrderedDict()
        self._partials = 0

    def take(self, event: Event) -> bool:
        """Take in an Aggregate; False where a later window, or a newer record of its partition, is there already."""
        place = (event["kind"], event["dimension"], event["window_s"])
        start = event["window_start"]
        window = self._windows.get(place)
        if window is not None and window.start > start:
            return False
        if window is None or window.start < start:
            self._forget(place)
            window = self._windows[place] = Window(place, start)
        before = len(window.partials)
        if not window.take(event["source_partition"], _partial(event)):
            return False
        self._partials += len(window.partials) - before
        self._windows.move_to_end(place)
        # A window goes as a whole: without some of its partials its sums would be wrong.
        while len(self._windows) > MOST_WINDOWS or (self._partials > MOST_PARTIALS and len(self._windows) > 1):
            self._forget(next(iter(self._windows)))
        return True

    def shown(self, wanted: Wanted) -> list[dict[str, Any]]:
        """The windows whose kind and dimension are wanted."""
        return [window.shown() for place, window in self._windows.items() if place[:2] in wanted]

    def _forget(self, place: Place) -> None:
        gone = self._windows.pop(place, None)
        if gone is not None:
            self._partials -= len(gone.partials)


def _partial(event: Event) -> Partial:
    billionths = {name: total * FRACTION for name, total in event["sums"].items()}
    sums = {name: round(total) for name, total in billionths.items() if math.isfinite(total)}
    return Partial(event["revision"], event["final"], event["late"], event["counts"], sums)
