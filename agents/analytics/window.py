"""One window of one dimension: what it has counted so far, as a value that is stored under one key."""

from dataclasses import dataclass, field
from typing import Any, Self

import orjson

from agents.analytics import distinct, quantiles
from agents.analytics.measures import FRACTION, Measure
from schemas.codec import Event
from schemas.ids import derived

MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class WindowId:
    """Which window: `start` in microseconds of event time, UTC; `seconds` is its length."""

    tenant_id: str
    kind: str
    dimension: str
    seconds: int
    start: int

    def row(self) -> list[Any]:
        """The identity as JSON holds it."""
        return [self.tenant_id, self.kind, self.dimension, self.seconds, self.start]

    def entry(self) -> bytes:
        """The key under which the window is stored."""
        return b"window:" + orjson.dumps(self.row())

    def topic_key(self) -> bytes:
        """The key of its records on the aggregates topic: `kind/dimension/window_start`."""
        return aggregate_key(self.kind, self.dimension, self.start)


def aggregate_key(kind: str, dimension: str, start: int) -> bytes:
    """The Kafka key of an Aggregate."""
    return f"{kind}/{dimension}/{start}".encode()


@dataclass(slots=True)
class Window:
    """The counts of one window. `through` holds, by topic, the last offset that was counted in.

    `revision` is the number of records taken in, late ones too: an update with a given revision always says the same.
    `said` and `said_at` are the revision of the last update and when it was made (microseconds, the worker's clock).
    """

    id: WindowId
    through: dict[str, int] = field(default_factory=dict)
    revision: int = 0
    said: int = 0
    said_at: int = 0
    late: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    sums: dict[str, int] = field(default_factory=dict)
    figures: dict[str, quantiles.Buckets] = field(default_factory=dict)
    names: dict[str, distinct.Registers] = field(default_factory=dict)

    def has(self, topic: str, offset: int) -> bool:
        """Whether the record at `offset` of `topic` was counted before."""
        return offset <= self.through.get(topic, -1)

    def add(self, topic: str, offset: int, measure: Measure) -> None:
        """Count a record's measure."""
        for name, count in measure.counts.items():
            self.counts[name] = self.counts.get(name, 0) + count
        for name, total in measure.sums.items():
            self.sums[name] = self.sums.get(name, 0) + total
        for name, figure in measure.figures.items():
            quantiles.add(self.figures.setdefault(name, {}), figure)
        for name, who in measure.names.items():
            distinct.add(self.names.setdefault(name, {}), who)
        self.revision += 1
        self.through[topic] = offset

    def add_late(self, topic: str, offset: int) -> None:
        """Count a record that came too late for its own window."""
        self.late += 1
        self.revision += 1
        self.through[topic] = offset

    def aggregate(self, partition: int, *, final: bool) -> Event:
        """The Aggregate that says what the window holds."""
        revision = self.revision + 1 if final else self.revision
        which = self.id
        cause = "/".join(("aggregate", *(str(part) for part in which.row())))
        return {
            "event_id": derived(cause, "analytics", str(partition), "final" if final else str(revision)),
            "tenant_id": which.tenant_id,
            "kind": which.kind,
            "dimension": which.dimension,
            "window_start": which.start,
            "window_s": which.seconds,
            "final": final,
            "revision": revision,
            "source_partition": partition,
            "counts": dict(sorted(self.counts.items())),
            "sums": {name: total / FRACTION for name, total in sorted(self.sums.items())},
            "sketches": {
                **{name: quantiles.dumps(buckets) for name, buckets in sorted(self.figures.items())},
                **{name: distinct.dumps(registers) for name, registers in sorted(self.names.items())},
            },
            "late": self.late,
        }

    def dumps(self) -> bytes:
        """The window as bytes."""
        row = [
            self.id.row(),
            self.through,
            self.revision,
            self.said,
            self.said_at,
            self.late,
            self.counts,
            self.sums,
            self.figures,
            self.names,
        ]
        return orjson.dumps(row, option=orjson.OPT_NON_STR_KEYS)

    @classmethod
    def loads(cls, value: bytes) -> Self:
        """The window in `value`."""
        which, through, revision, said, said_at, late, counts, sums, figures, names = orjson.loads(value)
        return cls(
            WindowId(*which),
            through,
            revision,
            said,
            said_at,
            late,
            counts,
            sums,
            {name: {int(index): count for index, count in buckets.items()} for name, buckets in figures.items()},
            {name: {int(register): rank for register, rank in ranks.items()} for name, ranks in names.items()},
        )
