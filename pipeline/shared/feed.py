"""Between a stage that learns from all learners and `masterx.shared`.

A partition's sums are in its owner's memory and, as of its last publication, on the topic: a crash loses what was
learned since then, at most `every` seconds of it. Nothing counts twice. Only the owner publishes a partition's sums,
each time as a whole; they hold a record from when it is done, its state stored with its id; who owns the partition
next goes on from what was published last.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterable
from typing import Protocol

from pipeline.delivery.intake import RawRecord
from pipeline.delivery.outbox import Outbox
from pipeline.delivery.record import Emit, Refused
from pipeline.delivery.stage import SharedSums
from pipeline.shared.latest import Latest, same, topic_key
from schemas.codec import Event
from schemas.topics import SHARED

log = logging.getLogger(__name__)


class Reader(Protocol):
    """Where publications come from."""

    @property
    def there(self) -> bool:
        """Whether the topic has been found."""
        ...

    def start(self) -> None:
        """Begin to read."""
        ...

    async def caught_up(self) -> None:
        """Return once everything published until now has been heard."""
        ...

    async def close(self) -> None:
        """Stop reading."""
        ...


class SharedFeed:
    """One stage's sums: brought up to date before a partition's first record, published while it is ours."""

    def __init__(
        self, sums: SharedSums, outbox: Outbox, reader: Callable[[Callable[[Event], None]], Reader], every: float
    ) -> None:
        self._sums = sums
        self._outbox = outbox
        self._every = every
        self._latest = Latest()
        self._begun: set[int] = set()
        self._beginning = asyncio.Lock()
        self._publishing = asyncio.Lock()
        self._sent: dict[bytes, Event] = {}
        self._contested: set[int] = set()
        self._loop: asyncio.Task[None] | None = None
        self._reader = reader(self.heard)

    def start(self) -> None:
        """Begin to read ahead of the first record."""
        self._reader.start()

    async def ready(self, partition: int) -> None:
        """Return once the stage has everybody's sums for `partition`, its own last ones among them.

        Called within the assignment, so what an earlier owner published before it let go is there.
        """
        if partition in self._begun:
            return
        async with self._beginning:
            if partition in self._begun:
                return
            await self._reader.caught_up()
            for event in self._latest.events():
                self._hand_out(event, (partition,))
            self._begun.add(partition)
            if self._loop is None:
                self._loop = asyncio.get_running_loop().create_task(self._publish_regularly())

    def done(self, raw: RawRecord, *, stored: bool) -> None:
        """The record is done: its outputs and its state are with the broker, or it is a dead letter."""
        (self._sums.done if stored else self._sums.refused)(raw.partition, raw.topic, raw.offset)

    def heard(self, event: Event) -> None:
        """Take one publication from the topic."""
        if not self._latest.take(event):
            return
        source = event["source_partition"]
        if source in self._begun:
            sent = self._sent.get(topic_key(event))
            if sent is None or (event["revision"] >= sent["revision"] and not same(event, sent)):
                # Last words of an earlier owner, on their way since before it lost the partition: to be replaced.
                self._contested.add(source)
        self._hand_out(event, self._begun - {source})

    def _hand_out(self, event: Event, partitions: Collection[int]) -> None:
        try:
            self._sums.take(event, partitions)
        except Exception as error:
            # Whatever is wrong with one publication must not keep the others, or the records, waiting.
            key = topic_key(event).decode()
            log.warning("%s of %s passed over: %s: %s", key, SHARED.name, type(error).__name__, error)

    async def publish(self) -> None:
        """Publish the sums of each partition that has changed; return once the broker has them."""
        async with self._publishing:
            for partition in sorted(self._begun):
                if self._reader.there and (partition in self._contested or self._sums.changed(partition)):
                    self._contested.discard(partition)
                    await self._publish(self._sums.published(partition, time.time_ns() // 1000))

    async def _publish(self, events: Iterable[Event]) -> None:
        for event in events:
            key = topic_key(event)
            self._sent[key] = event
            try:
                await self._outbox.send([self._outbox.keyed(Emit(SHARED, event, key), {})])
            except Refused as refused:
                log.error("%s can't be published: %s", key.decode(), refused)

    async def _publish_regularly(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            try:
                await self.publish()
            except Exception as error:
                log.error("could not publish what was learned", exc_info=error)

    async def leave(self, seconds: float) -> None:
        """Publish a last time, for who owns the partitions next, within `seconds`."""
        try:
            await asyncio.wait_for(self.publish(), seconds)
        except TimeoutError:
            log.warning("could not publish what was learned within %.0f s; a part of it is lost", seconds)

    def abandon(self) -> None:
        """The partitions are no longer ours: nothing more of theirs may be published."""
        if self._loop is not None:
            self._loop.cancel()
            self._loop = None
        self._begun.clear()
        self._sent.clear()
        self._contested.clear()
        self._sums.revoked()

    async def close(self) -> None:
        """Stop."""
        self.abandon()
        await self._reader.close()
