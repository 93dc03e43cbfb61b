"""A tenant's event time in one partition: how far each topic has come, and which windows are open."""

from dataclasses import dataclass, field
from typing import Self

import orjson

MICROS = 1_000_000


@dataclass(slots=True)
class Clock:
    """All times in microseconds. `watermarks` (event time) and `seen` (the worker's clock) are by topic.

    `frontier` only grows: windows that end, grace included, at or before it are closed. `offsets` holds, by topic, the
    last record that this clock has taken in. `open` lists the (seconds, start) that have windows; `closing` those
    whose final records were made but whose values are still stored. `unsaid` are keys of windows with counts that no
    update has told yet.
    """

    watermarks: dict[str, int] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    offsets: dict[str, int] = field(default_factory=dict)
    frontier: int = 0
    live: bool = False
    open: set[tuple[int, int]] = field(default_factory=set)
    closing: set[tuple[int, int]] = field(default_factory=set)
    unsaid: set[str] = field(default_factory=set)

    def advance(self, topic: str, sent_at: int, appended_at: int, now: int, live: float) -> None:
        """Take a record's time in. `live`: see `live_seconds` in `config/windows.yaml`.

        A clock that runs ahead must not close windows on others: no record counts as later than its append time.
        """
        at = min(sent_at, appended_at)
        fresh = appended_at - sent_at <= live * MICROS
        if fresh or at > max(self.watermarks.values(), default=-1):
            # A late upload behind what came fresh says nothing of how far the time is.
            self.live = fresh
        self.watermarks[topic] = max(at, self.watermarks.get(topic, at))
        self.seen[topic] = max(now, self.seen.get(topic, now))

    def settle(self, now: int, since: int, idle: float) -> None:
        """Move the frontier to the least advanced topic among those that are not idle; to the most, if all are.

        `since` is when the worker began to read. Until `idle` seconds later nothing moves: after a pause, records of
        one topic may all come before the first of another.
        """
        if now - since < idle * MICROS:
            return
        active = [self.watermarks[topic] for topic, seen in self.seen.items() if now - seen <= idle * MICROS]
        self.frontier = max(self.frontier, min(active) if active else max(self.watermarks.values(), default=0))
        if not active and self.live:
            # Nothing has come for a while and what came was fresh: from here on the worker's clock tells the time.
            self.frontier = max(self.frontier, now - round(idle * MICROS))

    def dumps(self) -> bytes:
        """The clock as bytes."""
        return orjson.dumps(
            [
                self.watermarks,
                self.seen,
                self.offsets,
                self.frontier,
                self.live,
                sorted(self.open),
                sorted(self.closing),
                sorted(self.unsaid),
            ]
        )

    @classmethod
    def loads(cls, value: bytes | None) -> Self:
        """The clock in `value`; a new one for none."""
        if not value:
            return cls()
        watermarks, seen, offsets, frontier, live, opened, closing, unsaid = orjson.loads(value)
        return cls(
            watermarks,
            seen,
            offsets,
            frontier,
            live,
            {(seconds, start) for seconds, start in opened},
            {(seconds, start) for seconds, start in closing},
            set(unsaid),
        )
