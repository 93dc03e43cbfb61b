"""Keyed concurrency: a key's records one after another, different keys side by side, acknowledged as a prefix.

The model is Confluent's Parallel Consumer: key order, and offsets only up to the highest contiguous one.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pipeline.delivery.prefix import Entry, Prefix

T = TypeVar("T")
TopicPartition = tuple[str, int]


@dataclass(slots=True)
class _Held(Generic[T]):
    source: TopicPartition
    entry: Entry[T]
    size: int


class KeyedRunner(Generic[T]):
    """Runs `work(item)` for each submitted record and calls `acknowledge(item)` along the done prefix.

    `work` must not raise: an exception that leaves it is handed to `failed`, which should end the process, and the
    record stays unacknowledged. At most `concurrency` records and `max_bytes` bytes are held, waiting ones included;
    no partition runs more than `span` offsets ahead of its oldest record. `submit` waits until there is room.
    """

    def __init__(
        self,
        work: Callable[[T], Awaitable[None]],
        acknowledge: Callable[[T], None],
        failed: Callable[[T, BaseException], None],
        *,
        concurrency: int,
        span: int,
        max_bytes: int = 256 * 2**20,
    ) -> None:
        self._work = work
        self._acknowledge = acknowledge
        self._failed = failed
        self._concurrency = concurrency
        self._span = span
        self._max_bytes = max_bytes
        self._prefixes: dict[TopicPartition, Prefix[T]] = {}
        self._lanes: dict[Hashable, deque[_Held[T]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._held = 0
        self._bytes = 0
        self._epoch = 0
        self._room: deque[asyncio.Future[None]] = deque()
        self._draining = False

    @property
    def in_flight(self) -> int:
        """Records submitted and not done."""
        return self._held

    @property
    def keys_in_flight(self) -> int:
        """Keys that have a record on its way."""
        return len(self._lanes)

    def oldest(self) -> dict[TopicPartition, int]:
        """The lowest offset on its way, per topic and partition."""
        return {tp: offset for tp, prefix in self._prefixes.items() if (offset := prefix.oldest()) is not None}

    async def submit(self, source: TopicPartition, offset: int, lane: Hashable, item: T, size: int = 0) -> None:
        """Take up a record, waiting for room. Records of one `lane` run in the order of submission.

        A record that was waiting for room when `abandon` came is dropped: its partition is no longer ours.
        """
        epoch = self._epoch
        while not self._has_room(source, offset, size):
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._room.append(waiter)
            await waiter
            if epoch != self._epoch:
                return
        if self._draining:
            return
        prefix = self._prefixes.get(source)
        if prefix is None:
            prefix = self._prefixes[source] = Prefix()
        held = _Held(source, prefix.begin(offset, item), size)
        self._held += 1
        self._bytes += size
        queue = self._lanes.get(lane)
        if queue is not None:
            queue.append(held)
            return
        self._lanes[lane] = deque((held,))
        task = asyncio.get_running_loop().create_task(self._run(lane, epoch))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _has_room(self, source: TopicPartition, offset: int, size: int) -> bool:
        if self._held >= self._concurrency or (self._held and self._bytes + size > self._max_bytes):
            return False
        prefix = self._prefixes.get(source)
        return prefix is None or prefix.span(offset) < self._span

    def _wake(self) -> None:
        # Everyone who waits looks again: a waiter may be held back by its own partition's span alone.
        waiting, self._room = self._room, deque()
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)

    async def _run(self, lane: Hashable, epoch: int) -> None:
        queue = self._lanes[lane]
        while queue and not self._draining:
            held = queue[0]
            try:
                await self._work(held.entry.item)
                if epoch != self._epoch:
                    return
                queue.popleft()
                self._finish(held)
            except Exception as error:
                self._failed(held.entry.item, error)
                return
        # What has not begun when draining starts is handed back: not acknowledged, it is read again.
        self._held -= len(queue)
        self._bytes -= sum(held.size for held in queue)
        self._lanes.pop(lane, None)

    def _finish(self, held: _Held[T]) -> None:
        self._held -= 1
        self._bytes -= held.size
        for item in self._prefixes[held.source].finish(held.entry):
            self._acknowledge(item)
        if self._room:
            self._wake()

    def begin(self) -> None:
        """Nothing: work begins with the first record."""

    async def drain(self, deadline: float) -> bool:
        """Begin nothing more and wait up to `deadline` seconds for what has begun; true when all of it is done."""
        self._draining = True
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=deadline)
        return not self._tasks

    def abandon(self) -> int:
        """Give up everything on its way, unacknowledged, and start afresh; how many records that was."""
        abandoned = self._held
        self._epoch += 1
        for task in self._tasks:
            task.cancel()
        self._prefixes.clear()
        self._lanes.clear()
        self._held = 0
        self._bytes = 0
        self._draining = False
        self._wake()
        return abandoned
