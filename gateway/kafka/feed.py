"""One reader of whole topics for all connections: no group, every partition, from a little before now."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.codec import UndecidedError

RETRY_SECONDS = 1.0
FETCH_WAIT_MS = 20
POLL_MS = 200
UNDECIDED_SECONDS = 0.1

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """One record. `at` is the broker's time, milliseconds."""

    topic: str
    partition: int
    offset: int
    at: int
    key: bytes
    value: bytes


class MadeAnewError(Exception):
    """A partition has less than was read of it."""

    def __init__(self, place: TopicPartition, wanted: int, there: int) -> None:
        super().__init__(
            f"{place.topic}/{place.partition} goes on at {there}, where {wanted} was to be read next: it was made anew "
            "or has lost its end; start the gateway again"
        )


class Feed:
    """Reads `topics` from `lookback_seconds` ago, those of `whole` from their beginning, and goes on; `take(record)`
    gets each record once, in order; one for which it raises `UndecidedError` it gets again after a pause.

    `begun(topic, partition, offset)` is told where a partition's reading begins. `caught_up` is set once everything
    that stood in the topics at the start has been read; `reading` is not, while an error keeps it from reading on.
    `ended` is set where a topic was made anew: what was read of it, and cursors, are of another one, and this process
    has to be started again.
    """

    def __init__(
        self,
        connection: Mapping[str, Any],
        topics: Sequence[str],
        *,
        lookback_seconds: float,
        whole: Sequence[str] = (),
        begun: Callable[[str, int, int], None],
        take: Callable[[FeedRecord], None],
    ) -> None:
        self._connection, self._topics, self._lookback = connection, tuple(topics), lookback_seconds
        self._whole, self._begun, self._take = frozenset(whole), begun, take
        self._next: dict[TopicPartition, int] = {}
        self._behind: dict[TopicPartition, int] = {}
        self._task: asyncio.Task[None] | None = None
        self._said = ""
        self.widths: dict[str, int] = {}
        self.caught_up = self.reading = self.ended = False

    def start(self) -> None:
        """Begin to read."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Stop reading."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def position(self, topic: str, partition: int) -> int:
        """The next offset that is read. Raises `KeyError` before the reading began."""
        return self._next[TopicPartition(topic, partition)]

    async def _run(self) -> None:
        while True:
            try:
                await self._follow()
            except MadeAnewError as error:
                log.error("%s", error)
                self.caught_up, self.reading, self.ended = False, False, True
                return
            except Exception as error:
                # Without this task the gateway would stay up and send nothing new.
                if repr(error) != self._said:
                    self._say(error)
                self._said = repr(error)
            self.reading = False
            await asyncio.sleep(RETRY_SECONDS)

    def _say(self, error: Exception) -> None:
        if isinstance(error, KafkaError | OSError):
            log.warning("reading from Kafka at %s: %s", self._connection["bootstrap_servers"], error)
        else:
            log.error("reading from Kafka failed; it begins again where it was", exc_info=error)

    async def _follow(self) -> None:
        consumer = AIOKafkaConsumer(
            **self._connection,
            client_id="masterx-gateway",
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=FETCH_WAIT_MS,
            max_partition_fetch_bytes=4 * 2**20,
        )
        try:
            await consumer.start()
            if not self._next:
                await self._find_beginning(consumer)
            await self._require_topics(consumer)
            for place, end in (await consumer.end_offsets(list(self._next))).items():
                if end < self._next[place]:
                    raise MadeAnewError(place, self._next[place], end)
            await self._read(consumer)
        finally:
            await consumer.stop()

    async def _find_beginning(self, consumer: AIOKafkaConsumer) -> None:
        found = []
        for topic in self._topics:
            partitions = consumer.partitions_for_topic(topic) or await _partitions(consumer, topic)
            self.widths[topic] = len(partitions)
            found += [TopicPartition(topic, number) for number in sorted(partitions)]
        since = int((time.time() - self._lookback) * 1000)
        ends = await consumer.end_offsets(found)
        by_time = await consumer.offsets_for_times(dict.fromkeys(found, since))
        lows = await consumer.beginning_offsets([place for place in found if place.topic in self._whole])
        for place in found:
            at = by_time.get(place)
            begin = lows.get(place, at.offset if at is not None else ends[place])
            self._begun(place.topic, place.partition, begin)
            self._next[place] = begin
            if begin < ends[place]:
                self._behind[place] = ends[place]
        self.caught_up = not self._behind

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        consumer.assign(list(self._next))
        for place, offset in self._next.items():
            consumer.seek(place, offset)
        while True:
            await self._require_topics(consumer)
            for place, records in (await consumer.getmany(timeout_ms=POLL_MS, max_records=1000)).items():
                for record in records:
                    if record.offset < self._next[place]:
                        # What was asked for is not there: the client has gone back to the topic's beginning.
                        raise MadeAnewError(place, self._next[place], record.offset)
                    await self._hand_on(
                        FeedRecord(
                            place.topic,
                            place.partition,
                            record.offset,
                            record.timestamp,
                            record.key or b"",
                            record.value or b"",
                        )
                    )
                    self._next[place] = record.offset + 1
                if place in self._behind and self._next[place] >= self._behind[place]:
                    del self._behind[place]
            self.caught_up, self.reading, self._said = not self._behind, True, ""
            # A backlog must not keep the sockets waiting.
            await asyncio.sleep(0)

    async def _require_topics(self, consumer: AIOKafkaConsumer) -> None:
        for topic in self._topics:
            # One that is gone, or may not be read any more, just gives nothing.
            if consumer.partitions_for_topic(topic) is None:
                self.reading = False
                await _partitions(consumer, topic)

    async def _hand_on(self, record: FeedRecord) -> None:
        while True:
            try:
                return self._take(record)
            except UndecidedError:
                # Another version's, whose schema is being looked up. What comes behind it must not overtake it.
                await asyncio.sleep(UNDECIDED_SECONDS)


async def _partitions(consumer: AIOKafkaConsumer, topic: str) -> set[int]:
    # The pocket broker makes a topic when it is asked for by name.
    await consumer._client._wait_on_metadata(topic)
    found: set[int] = consumer.partitions_for_topic(topic) or set()
    return found
