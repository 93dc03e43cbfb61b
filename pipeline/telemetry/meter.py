"""What one stage has done, as integers that are added to and nothing else: this runs for each record."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class Lane(Protocol):
    """What is asked of a stage's runner."""

    @property
    def in_flight(self) -> int:
        """Records submitted and not done."""
        ...

    def oldest(self) -> dict[tuple[str, int], int]:
        """The lowest offset on its way, per topic and partition."""
        ...


@dataclass(slots=True)
class Counts:
    """Counters of one stage, since the process began."""

    taken: int = 0
    done: int = 0
    produced: int = 0
    refused: int = 0
    retries: int = 0
    latency_micros: int = 0

    def finish(self, appended_at: int) -> None:
        """A record that the broker appended at `appended_at` (microseconds) is acknowledged."""
        self.done += 1
        self.latency_micros += time.time_ns() // 1000 - appended_at


class StageMeter:
    """A stage's counters, and how long each partition's oldest record has been its oldest.

    `look` is called now and then rather than for each record. A stage that tries again is waiting, not stuck: its
    clocks start anew at each retry.
    """

    def __init__(self, name: str, counts: Counts, lane: Lane, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = name
        self.counts = counts
        self._lane = lane
        self._clock = clock
        self._since: dict[tuple[str, int], tuple[int, float, float]] = {}
        self._retries = 0

    @property
    def in_flight(self) -> int:
        """Records taken up and not done."""
        return self._lane.in_flight

    def look(self) -> None:
        """Note which record is each partition's oldest now."""
        now = self._clock()
        trying = self.counts.retries != self._retries
        self._retries = self.counts.retries
        before, self._since = self._since, {}
        for source, offset in self._lane.oldest().items():
            known = before.get(source)
            if known is None or known[0] != offset:
                self._since[source] = (offset, now, now)
            else:
                self._since[source] = (offset, known[1], now if trying else known[2])

    def oldest_seconds(self) -> float:
        """How long the oldest record of the worst partition has been the oldest."""
        now = self._clock()
        return max((now - since for _, since, _ in list(self._since.values())), default=0.0)

    def stuck(self, limit: float) -> str | None:
        """The record that has held back its partition for `limit` seconds without a retry, if there is one."""
        now = self._clock()
        for (topic, partition), (offset, _, still) in list(self._since.items()):
            if now - still >= limit:
                return f"{topic}/{partition}@{offset}"
        return None

    def forget(self) -> None:
        """The clocks start anew: the partitions were given back, or the worker may not act for them now."""
        self._since = {}
