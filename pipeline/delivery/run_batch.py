"""Gathers records into batches, one batch under way at a time, acknowledged when it is done."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")
TopicPartition = tuple[str, int]

# Ten thousand dead letters of a megabyte are more than any worker has. Decoded, and as columns, it is a few times that.
MOST_BYTES = 64 * 2**20


class BatchRunner(Generic[T]):
    """Runs `work(items)` for up to `most` records at a time and calls `acknowledge(item)` for each when it is done.

    A batch goes when it is full, which it also is with `max_bytes` bytes, or its first record has waited `within`
    seconds. While one batch is under way the next is gathered; `submit` waits when that one is full too. Every `tick`
    seconds or so, records or not, `work` is called with nothing. `work` must not raise: an exception that leaves it is
    handed to `failed`, and the batch stays unacknowledged.
    """

    def __init__(
        self,
        work: Callable[[Sequence[T]], Awaitable[None]],
        acknowledge: Callable[[T], None],
        failed: Callable[[T | None, BaseException], None],
        *,
        most: int,
        within: float,
        tick: float | None = None,
        max_bytes: int = MOST_BYTES,
    ) -> None:
        self._work = work
        self._acknowledge = acknowledge
        self._failed = failed
        self._most = most
        self._within = within
        self._tick = tick
        self._max_bytes = max_bytes
        self._bytes = 0
        self._gathered: list[tuple[TopicPartition, int, T]] = []
        self._under_way: list[tuple[TopicPartition, int, T]] = []
        self._task: asyncio.Task[None] | None = None
        self._some = asyncio.Event()
        self._full = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._epoch = 0
        self._draining = False

    @property
    def in_flight(self) -> int:
        """Records submitted and not done."""
        return len(self._gathered) + len(self._under_way)

    @property
    def keys_in_flight(self) -> int:
        """Batches on their way."""
        return bool(self._gathered) + bool(self._under_way)

    def oldest(self) -> dict[TopicPartition, int]:
        """The lowest offset on its way, per topic and partition."""
        oldest: dict[TopicPartition, int] = {}
        for source, offset, _ in (*self._under_way, *self._gathered):
            oldest.setdefault(source, offset)
        return oldest

    async def submit(self, source: TopicPartition, offset: int, lane: Hashable, item: T, size: int = 0) -> None:
        """Take up a record, waiting for room; dropped when `abandon` came in between."""
        epoch = self._epoch
        while len(self._gathered) >= self._most or (self._gathered and self._bytes + size > self._max_bytes):
            self._room.clear()
            self._full.set()
            await self._room.wait()
            if epoch != self._epoch:
                return
        if self._draining:
            return
        self._gathered.append((source, offset, item))
        self._bytes += size
        self._some.set()
        if len(self._gathered) >= self._most:
            self._full.set()
        self.begin()

    def begin(self) -> None:
        """Start to work, and to tick: the partitions are assigned and their tables restored."""
        if self._task is None and not self._draining:
            self._task = asyncio.get_running_loop().create_task(self._run(self._epoch))

    async def _run(self, epoch: int) -> None:
        clock = asyncio.get_running_loop().time
        ticked = clock()
        while await self._next():
            # Also where records come without a pause: what waits for the clock may be another tenant's.
            if not self._gathered or (self._tick is not None and clock() - ticked >= self._tick):
                ticked = clock()
            else:
                self._under_way, self._gathered, self._bytes = self._gathered, [], 0
                self._some.clear()
                self._full.clear()
                self._room.set()
            try:
                await self._work([item for _, _, item in self._under_way])
                if epoch != self._epoch:
                    return
                for _, _, item in self._under_way:
                    self._acknowledge(item)
            except Exception as error:
                self._failed(self._under_way[0][2] if self._under_way else None, error)
                return
            self._under_way = []

    async def _next(self) -> bool:
        """Wait until a batch is to go, or a tick; false once nothing more is to begin."""
        await _within(self._tick, self._some)
        if self._gathered and len(self._gathered) < self._most:
            await _within(self._within, self._full)
        return not self._draining

    async def drain(self, deadline: float) -> bool:
        """Gather nothing more and wait up to `deadline` seconds for the batch under way; true when it is done."""
        self._draining = True
        self._some.set()
        self._full.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=deadline)
        self._gathered, self._bytes = [], 0
        return not self._under_way

    def abandon(self) -> int:
        """Give up everything on its way, unacknowledged, and start afresh; how many records that was."""
        abandoned = self.in_flight
        self._epoch += 1
        if self._task is not None:
            self._task.cancel()
        self._task = None
        self._gathered, self._under_way, self._bytes = [], [], 0
        self._draining = False
        self._some.clear()
        self._full.clear()
        self._room.set()
        return abandoned


async def _within(seconds: float | None, event: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
