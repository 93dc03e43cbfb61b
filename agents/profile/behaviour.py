"""What all learners together do: additive sums under short keys, one set per source partition.

The sums of two partitions merge by addition, in any order; rates are derived when they are read.
"""

from math import log, sqrt

import orjson

from agents.profile.rarest import Room, rarest

VERSION = 1
PACE = "pace"
Sums = list[float]


class Behaviour:
    """`own` is what this partition saw, `total` that and the latest of every other partition."""

    __slots__ = ("_others", "own", "total")

    def __init__(self) -> None:
        self.own: dict[str, Sums] = {}
        self.total: dict[str, Sums] = {}
        self._others: dict[int, dict[str, Sums]] = {}

    def add(self, key: str, value: float) -> None:
        """Count one value: [number, sum, sum of squares]."""
        for table in (self.own, self.total):
            sums = table.get(key)
            if sums is None:
                table[key] = [1.0, value, value * value]
            else:
                sums[0] += 1.0
                sums[1] += value
                sums[2] += value * value

    def note_pace(self, concept: str, seconds: float) -> None:
        """Count the time that one attempt on `concept` took."""
        self.add(f"{PACE}|{concept}", log(seconds))

    def replace(self, partition: int, sums: dict[str, Sums]) -> None:
        """Put `sums` in the place of what `partition` had published before."""
        before = self._others.get(partition, {})
        self._others[partition] = sums
        _add(self.total, sums, 1.0)
        self._take_out(before)

    def prune(self, room: Room) -> None:
        """Forget this partition's rarest sums beyond `room`: apps name the items and concepts that they are of."""
        self._take_out({key: self.own.pop(key) for key in rarest(self.own, room)})

    def _take_out(self, sums: dict[str, Sums]) -> None:
        """Subtract from the total, and keep no entry of what nobody has any more."""
        _add(self.total, sums, -1.0)
        for key in sums:
            if self.total[key][0] < 0.5:
                del self.total[key]

    def restore(self, sums: dict[str, Sums]) -> None:
        """Start from what this partition itself had published."""
        _add(self.total, self.own, -1.0)
        self.own = {key: list(values) for key, values in sums.items()}
        _add(self.total, self.own, 1.0)

    def settle(self, sums: dict[str, Sums]) -> None:
        """Count as this partition's what is in the total already."""
        _add(self.own, sums, 1.0)

    def undo(self, sums: dict[str, Sums]) -> None:
        """Take out of the total what is not to count."""
        _add(self.total, sums, -1.0)

    def dumps(self) -> bytes:
        """`own` as JSON."""
        return orjson.dumps({"version": VERSION, "sums": self.own})

    def mean(self, key: str) -> float | None:
        """Mean of the values under `key`; None before the first."""
        sums = self.total.get(key)
        return None if sums is None or sums[0] < 0.5 else sums[1] / sums[0]

    def estimate(self, kind: str, cell: str, prior: float, weight: float) -> tuple[float, float]:
        """Mean of the values under `kind|cell`, drawn to that of all of `kind`, itself drawn to `prior`.

        Each level counts the one above as `weight` values. The second figure is the standard error.
        """
        above = self.total.get(kind)
        n, total, squares = (0.0, 0.0, 0.0) if above is None else above
        level = (total + weight * prior) / (n + weight)
        spread = (squares + weight * (prior * prior + 0.25)) / (n + weight) - level * level
        n, total, _ = self.total.get(f"{kind}|{cell}", (0.0, 0.0, 0.0))
        value = (total + weight * level) / (n + weight)
        return value, sqrt(max(spread, 1e-6) / (n + weight))

    def note(self, kind: str, cell: str, value: float) -> None:
        """Count one value under `kind` and under `kind|cell`, where `estimate` finds it."""
        self.add(kind, value)
        self.add(f"{kind}|{cell}", value)


def loads(payload: bytes) -> dict[str, Sums]:
    """What `dumps` wrote. Raises ValueError for anything else."""
    raw = orjson.loads(payload)
    if not isinstance(raw, dict) or raw.get("version") != VERSION:
        raise ValueError("no behaviour sums of this version")
    sums: dict[str, Sums] = raw["sums"]
    return sums


def _add(into: dict[str, Sums], other: dict[str, Sums], sign: float) -> None:
    for key, sums in other.items():
        mine = into.get(key)
        if mine is None:
            mine = into[key] = [0.0, 0.0, 0.0]
        for position, value in enumerate(sums):
            mine[position] += sign * value
