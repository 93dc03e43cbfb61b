"""Faust's Kafka driver with the changes that keep the pipeline's promises. Each says what it changes and why."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Mapping, Sequence
from functools import partial
from typing import Any, Protocol, cast

import aiokafka
from aiokafka.errors import KafkaError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from mode.services import WaitResults

log = logging.getLogger(__name__)

BEGINNINGS_SECONDS = 2.0


class Owner(Protocol):
    """What the driver asks of the pipeline's Faust app."""

    def renew_lease(self, sent: float) -> None:
        """A heartbeat sent at `sent` (monotonic seconds) was answered. Called from the consumer's thread."""
        ...

    async def drain_deliveries(self) -> None:
        """Finish what has begun within the deadline; begin nothing more."""
        ...

    def abandon_deliveries(self) -> None:
        """Give up what is still on its way."""
        ...

    @property
    def fetch_max_wait_ms(self) -> int:
        """How long the broker may hold back a fetch that has nothing to give."""
        ...

    @property
    def fetch_min_bytes(self) -> int:
        """How much the broker gathers, within `fetch_max_wait_ms`, before it answers a fetch."""
        ...

    @property
    def drain_seconds(self) -> float:
        """The deadline for what has begun."""
        ...


class ConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    """Sets how long a fetch waits and for how much (the driver has 1.5 s built in), reports answered heartbeats, and
    begins a partition that has no commit at its beginning."""

    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:
        owner = cast(Owner, self.app)
        original = aiokafka.AIOKafkaConsumer

        def consumer(**kwargs: Any) -> aiokafka.AIOKafkaConsumer:
            wanted = {"fetch_max_wait_ms": owner.fetch_max_wait_ms, "fetch_min_bytes": owner.fetch_min_bytes}
            return original(**kwargs | wanted)

        # The driver builds the consumer from its module's name for the class: the only seam it leaves.
        driver.aiokafka.AIOKafkaConsumer = consumer
        try:
            return super()._create_worker_consumer(transport)
        finally:
            driver.aiokafka.AIOKafkaConsumer = original

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Seek every partition to its committed offset, and those that have none to their beginning.

        The client's own call leaves a partition without a commit where it stands. Records of it that came in while
        tables were restored are thrown away by then: they would be lost as soon as a later one is committed. Where
        the topic's retention has taken what was to be read next, the client goes on behind it and says nothing: that
        is said here, and the partition begins where the topic does, since Faust makes a list of every offset between.
        """
        committed: Mapping[TP, int] = await self.call_thread(self._seek_to_committed)
        return committed

    async def _seek_to_committed(self) -> Mapping[TP, int]:
        consumer = self._ensure_consumer()
        committed: dict[TP, int] = await consumer.seek_to_committed()
        changelogs = self.app.tables.changelog_topics
        new = [tp for tp, offset in committed.items() if not offset and tp.topic not in changelogs]
        for tp, offset in (await consumer.beginning_offsets(new) if new else {}).items():
            consumer.seek(tp, offset)
        begun = [tp for tp, offset in committed.items() if offset and tp.topic not in changelogs]
        gone: dict[TP, tuple[int, int]] = {}
        for tp, first in (await _beginnings(consumer, begun)).items():
            if first > committed[tp]:
                gone[tp] = committed[tp], first
                consumer.seek(tp, first)
        for tp, (wanted, first) in gone.items():
            log.error(
                "%s/%d: %d records, %d to %d, were gone before they were read: the topic keeps too little",
                *(tp.topic, tp.partition, first - wanted, wanted, first - 1),
            )
        return committed | {tp: first for tp, (_, first) in gone.items()}

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Nothing. The driver takes a partition that has no records for a stuck one; the watchdog looks at records."""

    def verify_recovery_event_path(self, now: float, tp: TP) -> None:
        """Nothing, as above."""

    async def subscribe(self, topics: Any) -> None:
        """Subscribe; the coordinator exists from here on."""
        await super().subscribe(topics)
        coordinator = getattr(self._consumer, "_coordinator", None)
        if coordinator is not None and not hasattr(coordinator, "masterx_watched"):
            coordinator.masterx_watched = True
            renew = cast(Owner, self.app).renew_lease
            coordinator._do_heartbeat = _renewing(coordinator._do_heartbeat, renew)
            coordinator._do_rejoin_group = _renewing(coordinator._do_rejoin_group, renew)


async def _beginnings(consumer: aiokafka.AIOKafkaConsumer, tps: Sequence[TP]) -> Mapping[TP, int]:
    """Where partitions begin; nothing where the broker does not say so soon, for a rebalance waits meanwhile."""
    if not tps:
        return {}
    try:
        async with asyncio.timeout(BEGINNINGS_SECONDS):
            return cast(Mapping[TP, int], await consumer.beginning_offsets(tps))
    except (KafkaError, TimeoutError) as error:
        log.warning("can't tell whether records are gone that were to be read: %r", error)
        return {}


def _renewing(call: Callable[..., Awaitable[Any]], renew: Callable[[float], None]) -> Callable[..., Awaitable[Any]]:
    async def watched(*args: Any) -> Any:
        sent = time.monotonic()
        answered = await call(*args)
        if answered:
            renew(sent)
        return answered

    return watched


class _Begun:
    """A coroutine that was begun and waits for `future`; awaiting it goes on from there."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], future: Any) -> None:
        self._coroutine = coroutine
        self._future = future

    def __await__(self) -> Generator[Any, Any, Any]:
        coroutine, future = self._coroutine, self._future
        while True:
            try:
                sent = yield future
            except GeneratorExit:
                coroutine.close()
                raise
            except BaseException as error:
                resume = partial(coroutine.throw, error)
            else:
                resume = partial(coroutine.send, sent)
            try:
                future = resume()
            except StopIteration as done:
                return done.value


class Consumer(driver.Consumer):  # type: ignore[misc]
    """Drains with a deadline, leaves nothing of an earlier assignment behind, and hands on no stage's record before
    a rebalance is over."""

    _passed_over = False
    _sought_generation: int | None = None

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Any]]:
        """Records as they come, those of changelogs alone while a rebalance is under way.

        The driver resumes the stages' partitions and then seeks to what was committed. What it takes from them in
        between would come twice, or, where it lies behind what was committed, would make it drop all before it.
        """
        settled = self._settled()
        if self._passed_over and settled:
            self._passed_over = False
            await self.perform_seek()
        changelogs = self.app.tables.changelog_topics
        async for tp, message in super().getmany(timeout):
            if tp.topic in changelogs or (settled and self._settled()):
                yield tp, message
            else:
                self._passed_over = True

    async def wait_first(self, *waiting: Any, timeout: Any = None) -> WaitResults:
        """As the driver's, which makes four tasks for each record that it hands on to a stream.

        What comes first is begun here. It is done at once, unless a stream's queue is full or a rebalance begins.
        """
        first, *others = waiting
        if isinstance(first, Coroutine):
            try:
                future = first.send(None)
            except BaseException as ended:
                for other in others:
                    other.close()
                if isinstance(ended, StopIteration):
                    return WaitResults([first], [ended.value], False)
                raise
            first = _Begun(first, future)
        return await super().wait_first(first, *others, timeout=timeout)

    def _settled(self) -> bool:
        # A rebalance may begin while the one before it is being ended: its partitions have not been sought yet.
        return not self.app.rebalancing and self._sought_generation == self.app.consumer_generation_id

    async def perform_seek(self) -> None:
        """Seek to what was committed, for the assignment that holds now."""
        generation = self.app.consumer_generation_id
        await super().perform_seek()
        self._sought_generation = generation

    async def wait_empty(self) -> None:
        """Called before a revocation and at a stop. Faust's own has no deadline and collects garbage at each wake."""
        owner = cast(Owner, self.app)
        await owner.drain_deliveries()
        try:
            await asyncio.wait_for(self.commit_and_end_transactions(), owner.drain_seconds)
        except (TimeoutError, KafkaError) as error:
            log.warning("could not commit before giving partitions back: %r; what was done is read again", error)
        owner.abandon_deliveries()
        self._unacked_messages.clear()


class Producer(driver.Producer):  # type: ignore[misc]
    """Idempotent (Faust's is so only under exactly-once), and its flush has a deadline."""

    def _settings_extra(self) -> Mapping[str, Any]:
        return {"acks": "all", "enable_idempotence": True}

    async def flush(self) -> None:
        """Wait for what was handed over, up to the drain deadline: every record is awaited by whoever sent it."""
        try:
            await asyncio.wait_for(super().flush(), cast(Owner, self.app).drain_seconds)
        except TimeoutError:
            log.warning("the producer still had records to deliver; they are awaited where they were sent")


class Transport(driver.Transport):  # type: ignore[misc]
    """The driver, with the classes above."""

    Consumer = Consumer
    Producer = Producer
