"""The feed over a log in memory: when sums are read, when they are published, and by whom."""

import asyncio
from collections.abc import Callable, Collection

from pipeline.delivery.outbox import Outbox
from pipeline.shared.feed import SharedFeed
from schemas.codec import Event, decode
from schemas.topics import SHARED
from tests.pipeline.delivery.memory import MemoryLease, MemoryProducer
from tests.pipeline.delivery.records import attempt, raw
from tests.pipeline.shared.publications import publication

NEVER = 3600.0


class Log:
    """A topic in memory. `missing`: nobody has made it."""

    def __init__(self, *events: Event, missing: bool = False) -> None:
        self.events = list(events)
        self.missing = missing

    def reader(self, heard: Callable[[Event], None]) -> "LogReader":
        return LogReader(self, heard)


class LogReader:
    def __init__(self, log: Log, heard: Callable[[Event], None]) -> None:
        self.log = log
        self.heard = heard
        self.read = 0

    @property
    def there(self) -> bool:
        return not self.log.missing

    def start(self) -> None:
        pass

    async def caught_up(self) -> None:
        await asyncio.sleep(0)
        while self.read < len(self.log.events):
            self.read += 1
            self.heard(self.log.events[self.read - 1])

    async def close(self) -> None:
        pass


class Count:
    """Counts records: the smallest sums there are."""

    def __init__(self) -> None:
        self.own: dict[int, int] = {}
        self.revisions: dict[int, int] = {}
        self.others: dict[int, dict[int, Event]] = {}
        self.dirty: set[int] = set()

    def take(self, event: Event, partitions: Collection[int]) -> None:
        if event["statistics"] == b"damaged":
            raise ValueError("damaged")
        for partition in partitions:
            if partition == event["source_partition"]:
                self.own[partition] = int(event["statistics"])
                self.revisions[partition] = event["revision"]
            else:
                self.others.setdefault(partition, {})[event["source_partition"]] = event

    def done(self, partition: int, topic: str, offset: int) -> None:
        self.own[partition] = self.own.get(partition, 0) + 1
        self.dirty.add(partition)

    def refused(self, partition: int, topic: str, offset: int) -> None:
        pass

    def changed(self, partition: int) -> bool:
        return partition in self.dirty

    def published(self, partition: int, now: int) -> list[Event]:
        self.dirty.discard(partition)
        revision = self.revisions[partition] = self.revisions.get(partition, 0) + 1
        own = str(self.own.get(partition, 0)).encode()
        return [publication(partition, revision, now) | {"statistics": own}]

    def revoked(self) -> None:
        self.__init__()  # type: ignore[misc]


class Worker:
    def __init__(self, log: Log, every: float = NEVER) -> None:
        self.log = log
        self.count = Count()
        self.producer = MemoryProducer()
        self.lease = MemoryLease()
        self.feed = SharedFeed(self.count, Outbox("count", self.producer, self.lease), log.reader, every)

    async def handle(self, partition: int, *, stored: bool = True) -> None:
        await self.feed.ready(partition)
        self.feed.done(raw(attempt(), partition=partition), stored=stored)

    def arrive(self) -> list[Event]:
        """What was produced goes onto the log, where all hear it."""
        events = [decode(SHARED.event, one.value) for one in self.producer.to(SHARED.name)]
        self.producer.produced.clear()
        self.log.events += events
        return events


async def test_a_partition_goes_on_from_what_was_published() -> None:
    log = Log(publication(0, 6, sent_at=3), publication(0, 7, sent_at=41), publication(1, 2, sent_at=5))
    worker = Worker(log)
    await worker.handle(0)
    assert worker.count.own == {0: 42}
    assert worker.count.others == {0: {1: log.events[2]}}
    await worker.feed.publish()
    [event] = worker.arrive()
    assert (event["statistics"], event["revision"]) == (b"42", 8)


async def test_a_dead_letter_of_which_nothing_was_stored_does_not_count() -> None:
    worker = Worker(Log())
    await worker.handle(0, stored=False)
    await worker.feed.publish()
    assert worker.producer.produced == []


async def test_only_what_changed_is_published_under_its_own_key() -> None:
    worker = Worker(Log())
    await worker.feed.ready(1)
    await worker.handle(0)
    await worker.feed.publish()
    assert [(one.key, one.partition) for one in worker.producer.produced] == [(b"item_difficulty/0", None)]
    worker.arrive()
    await worker.feed.publish()
    assert worker.producer.produced == []


async def test_others_hear_what_an_owner_publishes_and_it_does_not_come_back_to_it() -> None:
    log = Log()
    one, other = Worker(log), Worker(log)
    await other.feed.ready(1)
    await one.handle(0)
    await one.feed.publish()
    [event] = one.arrive()
    for worker in (one, other):
        worker.feed.heard(event)
    assert other.count.others == {1: {0: event}}
    assert one.count.own == {0: 1}
    assert one.count.others == {}
    await one.feed.publish()
    assert one.arrive() == []


async def test_late_words_of_an_earlier_owner_are_replaced() -> None:
    log = Log(publication(0, 3, sent_at=10))
    worker = Worker(log)
    await worker.feed.ready(0)
    worker.feed.heard(publication(0, 4, sent_at=99))
    assert worker.count.own == {0: 10}
    await worker.feed.publish()
    [event] = worker.arrive()
    assert (event["statistics"], event["revision"]) == (b"10", 4)
    worker.feed.heard(event)
    await worker.feed.publish()
    assert worker.arrive() == []


async def test_without_the_lease_nothing_is_published_and_what_was_revoked_never_is() -> None:
    worker = Worker(Log(), every=0.001)
    await worker.handle(0)
    worker.lease.over = True
    await asyncio.sleep(0.02)
    worker.feed.abandon()
    worker.lease.over = False
    await asyncio.sleep(0.02)
    await worker.feed.publish()
    assert worker.producer.produced == []


async def test_it_publishes_by_itself_and_again_after_a_failure() -> None:
    worker = Worker(Log(), every=0.001)
    worker.producer.failures = 1
    await worker.handle(0)
    async with asyncio.timeout(30):
        while not worker.producer.produced:  # noqa: ASYNC110 - nothing signals it
            await asyncio.sleep(0.001)
    await worker.feed.close()
    assert [event["statistics"] for event in worker.arrive()] == [b"1"]


async def test_at_the_end_the_rest_is_published() -> None:
    worker = Worker(Log())
    await worker.handle(0)
    await worker.feed.leave(30.0)
    worker.feed.abandon()
    assert [event["statistics"] for event in worker.arrive()] == [b"1"]
    # What comes after begins with it.
    await worker.handle(0)
    assert worker.count.own == {0: 2}


async def test_leaving_without_the_lease_ends_with_its_deadline() -> None:
    worker = Worker(Log())
    await worker.handle(0)
    worker.lease.over = True
    await worker.feed.leave(0.01)
    assert worker.producer.produced == []


async def test_what_is_damaged_keeps_nobody_waiting() -> None:
    worker = Worker(Log(publication(0) | {"statistics": b"damaged"}, publication(1, sent_at=5)))
    await worker.handle(0)
    assert worker.count.own == {0: 1}
    assert list(worker.count.others[0]) == [1]


async def test_without_the_topic_the_records_go_on_and_nothing_is_produced() -> None:
    log = Log(missing=True)
    worker = Worker(log)
    await worker.handle(0)
    await worker.feed.publish()
    assert worker.producer.produced == []
    log.missing = False
    await worker.feed.publish()
    assert [event["statistics"] for event in worker.arrive()] == [b"1"]


async def test_what_no_broker_takes_does_not_end_the_worker() -> None:
    worker = Worker(Log())
    worker.producer.failures, worker.producer.hopeless = 1, True
    await worker.handle(0)
    await worker.feed.publish()
    assert worker.producer.produced == []
