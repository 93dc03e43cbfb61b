"""Reads `masterx.shared` from its beginning, all partitions, without a consumer group: every worker hears all of it."""

import asyncio
import logging
from collections.abc import Callable

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from confluent_kafka.admin import AdminClient

from config.kafka import aiokafka, librdkafka
from config.settings import Settings
from schemas.codec import DecodeError, Event, UndecidedError, decode
from schemas.topics import SHARED

log = logging.getLogger(__name__)

POLL_MS = 1000
PAUSE_SECONDS = 2.0
LOOK_EVERY_SECONDS = 0.02
METADATA_SECONDS = 10.0
UNDECIDED_SECONDS = 0.2


class SharedReader:
    """Calls `heard(event)` for each SharedStatistics event, in the log's order, until closed.

    Where the broker fails it begins again, so `heard` must bear an event that it knows. A record that can't be read is
    passed over. Without the topic it looks for it now and then, and the worker runs without it.
    """

    def __init__(self, settings: Settings, heard: Callable[[Event], None]) -> None:
        self._settings = settings
        self._heard = heard
        self._task: asyncio.Task[None] | None = None
        self._consumer: AIOKafkaConsumer | None = None
        self._at: dict[TopicPartition, int] = {}
        self._absent = False

    @property
    def there(self) -> bool:
        """Whether the topic has been found."""
        return self._consumer is not None

    def start(self) -> None:
        """Begin to read; nothing where it has begun."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Stop reading."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def caught_up(self) -> None:
        """Return once all that is on the topic now has been heard, or the topic is known to be missing."""
        self.start()
        while not self._absent:
            consumer = self._consumer
            if consumer is not None and await self._caught_up(consumer):
                return
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def _caught_up(self, consumer: AIOKafkaConsumer) -> bool:
        try:
            ends = await consumer.end_offsets(list(consumer.assignment()))
        except KafkaError as error:
            log.warning("can't tell where %s ends: %r; trying again", SHARED.name, error)
            await asyncio.sleep(PAUSE_SECONDS)
            return False
        while self._consumer is consumer:
            if all(self._at.get(tp, -1) >= end for tp, end in ends.items()):
                return True
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        return False

    async def _run(self) -> None:
        while True:
            consumer = AIOKafkaConsumer(
                **aiokafka(self._settings),
                client_id="masterx-shared",
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
            )
            try:
                await consumer.start()
                await self._read(consumer)
            except Exception as error:
                # Whatever it is: with nobody reading, records would wait for it for ever.
                log.warning("can't read %s: %r; beginning again", SHARED.name, error)
            finally:
                self._consumer = None
                self._at = {}
                await consumer.stop()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        while not (partitions := await self._partitions()):
            if not self._absent:
                log.warning("%s is missing; make it with `masterx topics create`", SHARED.name)
            self._absent = True
            await asyncio.sleep(PAUSE_SECONDS)
        consumer.assign([TopicPartition(SHARED.name, partition) for partition in partitions])
        await consumer.seek_to_beginning()
        self._consumer = consumer
        self._absent = False
        while True:
            # Noted after the handlers have run: who waits to be caught up must find everything heard.
            self._at = {tp: await consumer.position(tp) for tp in consumer.assignment()}
            for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
                for record in records:
                    await self._hear(record)

    async def _partitions(self) -> list[int]:
        # The pocket broker makes a topic when it is asked for by name. So may Kafka, but not as the topic should be.
        name = SHARED.name if self._settings.broker == "pocket" else None
        admin = AdminClient(librdkafka(self._settings))
        metadata = await asyncio.to_thread(admin.list_topics, name, timeout=METADATA_SECONDS)
        return sorted(metadata.topics[SHARED.name].partitions) if SHARED.name in metadata.topics else []

    async def _hear(self, record: "ConsumerRecord[bytes, bytes]") -> None:
        if record.value is None:
            return
        while True:
            try:
                self._heard(decode(SHARED.event, record.value))
            except UndecidedError:
                # Another version's, whose schema is being looked up.
                await asyncio.sleep(UNDECIDED_SECONDS)
                continue
            except DecodeError as error:
                log.warning("%s/%d@%d can't be read: %s", SHARED.name, record.partition, record.offset, error)
            return
