"""The last records of the learners' topics, in memory: what nearly every resumed stream asks for."""

from collections import deque
from dataclasses import dataclass
from typing import Any

# What an entry costs besides its body, bytes.
OVERHEAD = 400


@dataclass(frozen=True, slots=True)
class Kept:
    """One record as a stream sends it. `at` is the broker's time, milliseconds; `size` is its bytes, about."""

    key: bytes
    kind: int
    partition: int
    offset: int
    at: int
    body: dict[str, Any]
    size: int


class Recent:
    """Records of all partitions up to `most_bytes`; the oldest go first."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._all: deque[Kept] = deque()
        self._by_key: dict[bytes, deque[Kept]] = {}
        self._floors: dict[tuple[int, int], int] = {}

    def begin(self, kind: int, partition: int, offset: int) -> None:
        """The reader begins at `offset`: what is before it is not here."""
        self._floors.setdefault((kind, partition), offset)

    def floor(self, kind: int, partition: int) -> int | None:
        """From this offset on everything that was read is here; None where nothing is read."""
        return self._floors.get((kind, partition))

    def add(self, kept: Kept) -> None:
        """Keep a record, and let go of the oldest ones that no longer fit."""
        self._all.append(kept)
        self._by_key.setdefault(kept.key, deque()).append(kept)
        self._bytes += kept.size + OVERHEAD
        while self._bytes > self._most:
            self._drop_oldest()

    def after(self, key: bytes, kind: int, offset: int) -> list[Kept]:
        """The learner's records of `kind` from `offset` on, in order."""
        return [kept for kept in self._by_key.get(key, ()) if kept.kind == kind and kept.offset >= offset]

    def forget(self, key: bytes, at: int) -> None:
        """Keep nothing of this learner that came up to `at` (the broker's time, milliseconds)."""
        theirs = self._by_key.pop(key, deque())
        left = deque(kept for kept in theirs if kept.at > at)
        if left:
            self._by_key[key] = left
        if len(left) < len(theirs):
            self._all = deque(kept for kept in self._all if kept.key != key or kept.at > at)
            self._bytes -= sum(kept.size + OVERHEAD for kept in theirs if kept.at <= at)

    def _drop_oldest(self) -> None:
        oldest = self._all.popleft()
        self._bytes -= oldest.size + OVERHEAD
        theirs = self._by_key[oldest.key]
        theirs.popleft()
        if not theirs:
            del self._by_key[oldest.key]
        self._floors[oldest.kind, oldest.partition] = oldest.offset + 1
