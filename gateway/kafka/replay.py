"""Reads again what a stream missed and memory no longer holds."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from gateway.kafka.feed import FeedRecord

AT_ONCE = 4
PATIENCE_MS = 2000


@dataclass(frozen=True, slots=True)
class Span:
    """Offsets of one partition, from `begin` up to but not including `end`."""

    topic: str
    partition: int
    begin: int
    end: int


class Replay:
    """Reads spans of partitions for single learners; a few at once, each at most `most` records long."""

    def __init__(self, connection: Mapping[str, Any], *, most: int) -> None:
        self._connection, self._most = connection, most
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def read(self, span: Span, key: bytes) -> AsyncGenerator[FeedRecord | int, None]:
        """The learner's records in `span`; first the offset where the reading really begins.

        That is later than asked for where Kafka no longer has the records, or where there are more than may be read.
        Raises `KafkaError`, and `TimeoutError` when the broker falls silent.
        """
        async with self._turns:
            consumer = AIOKafkaConsumer(
                **self._connection,
                client_id="masterx-gateway-replay",
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                fetch_max_wait_ms=20,
            )
            try:
                await consumer.start()
                place = TopicPartition(span.topic, span.partition)
                consumer.assign([place])
                low = (await consumer.beginning_offsets([place]))[place]
                begin = max(span.begin, low, span.end - self._most)
                yield begin
                if begin >= span.end:
                    return
                consumer.seek(place, begin)
                position = begin
                while position < span.end:
                    batch = (await consumer.getmany(place, timeout_ms=PATIENCE_MS, max_records=2000)).get(place, ())
                    if not batch:
                        raise TimeoutError("Kafka gave nothing where there are records")
                    for record in batch:
                        position = record.offset + 1
                        if record.offset < span.end and record.key == key:
                            yield FeedRecord(
                                span.topic, span.partition, record.offset, record.timestamp, key, record.value or b""
                            )
            finally:
                await consumer.stop()
