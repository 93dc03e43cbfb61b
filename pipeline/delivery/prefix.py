"""Which records of one partition are done, and which of them may be acknowledged: the unbroken prefix."""

from collections import deque
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Entry(Generic[T]):
    """One record on its way."""

    offset: int
    item: T
    done: bool = False


class Prefix(Generic[T]):
    """Records of one partition in offset order; `finish` gives back what became part of the done prefix."""

    def __init__(self) -> None:
        self._entries: deque[Entry[T]] = deque()

    def __len__(self) -> int:
        return len(self._entries)

    def begin(self, offset: int, item: T) -> Entry[T]:
        """Take up a record. Raises `ValueError` for an offset at or below one taken up before it."""
        if self._entries and offset <= self._entries[-1].offset:
            raise ValueError(f"offset {offset} came after {self._entries[-1].offset}")
        entry = Entry(offset, item)
        self._entries.append(entry)
        return entry

    def finish(self, entry: Entry[T]) -> list[T]:
        """Mark `entry` done; the items that may now be acknowledged, lowest offset first."""
        entry.done = True
        released: list[T] = []
        while self._entries and self._entries[0].done:
            released.append(self._entries.popleft().item)
        return released

    def oldest(self) -> int | None:
        """The lowest offset that is not done."""
        return self._entries[0].offset if self._entries else None

    def span(self, offset: int) -> int:
        """How far `offset` runs ahead of the oldest record on its way."""
        return offset - self._entries[0].offset if self._entries else 0
