"""What a producer may still write after the broker refused a record for good."""

import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError, OutOfOrderSequenceNumber
from aiokafka.producer.message_accumulator import MessageAccumulator
from confluent_kafka.admin import AdminClient, NewTopic

from config.kafka_sequences import LAST_EPOCH, install
from local.stack import Stack

MOST_BYTES = 100_000


@pytest.fixture(autouse=True)
def unpatched() -> Iterator[None]:
    pop = MessageAccumulator._pop_batch
    MessageAccumulator._pop_batch = getattr(pop, "__wrapped__", pop)
    yield
    MessageAccumulator._pop_batch = pop


@asynccontextmanager
async def producer_on(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, max_request_size=2 * MOST_BYTES
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


@pytest.fixture
def topic(stack: Stack) -> str:
    """One of two partitions that takes less than a producer would send."""
    name = f"sequences-{uuid.uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": stack.environment()["MASTERX_KAFKA_BOOTSTRAP"], "log_level": 0})
    admin.create_topics([NewTopic(name, 2, 1, config={"max.message.bytes": str(MOST_BYTES)})])[name].result(30)
    return name


async def send(producer: AIOKafkaProducer, topic: str, size: int = 1, partition: int = 0) -> int:
    return int((await producer.send_and_wait(topic, bytes(size), partition=partition)).offset)


@pytest.mark.kafka
async def test_behind_a_record_that_the_broker_refuses_the_partition_goes_on(stack: Stack, topic: str) -> None:
    install()
    async with producer_on(stack.environment()["MASTERX_KAFKA_BOOTSTRAP"]) as producer:
        assert [await send(producer, topic), await send(producer, topic, partition=1)] == [0, 0]
        for offset in (1, 2):
            with pytest.raises(MessageSizeTooLargeError):
                await send(producer, topic, MOST_BYTES + 1000)
            assert [await send(producer, topic), await send(producer, topic, partition=1)] == [offset, offset]


@pytest.mark.kafka
async def test_after_the_last_epoch_the_producer_asks_for_another_id(stack: Stack, topic: str) -> None:
    install()
    async with producer_on(stack.environment()["MASTERX_KAFKA_BOOTSTRAP"]) as producer:
        manager = producer._txn_manager
        first = manager.producer_id
        manager._pid_and_epoch = manager._pid_and_epoch._replace(epoch=LAST_EPOCH)
        assert await send(producer, topic) == 0
        with pytest.raises(MessageSizeTooLargeError):
            await send(producer, topic, MOST_BYTES + 1000)
        assert [await send(producer, topic), await send(producer, topic)] == [1, 2]
        assert manager.producer_id != first


@pytest.mark.kafka
async def test_aiokafka_alone_writes_nothing_more_to_the_partition(stack: Stack, topic: str) -> None:
    """When this fails the client has been mended, and `install` can go."""
    async with producer_on(stack.environment()["MASTERX_KAFKA_BOOTSTRAP"]) as producer:
        assert await send(producer, topic) == 0
        with pytest.raises(MessageSizeTooLargeError):
            await send(producer, topic, MOST_BYTES + 1000)
        with pytest.raises(OutOfOrderSequenceNumber):
            await send(producer, topic)


def test_installed_twice_is_installed_once() -> None:
    install()
    once = MessageAccumulator._pop_batch
    install()
    assert MessageAccumulator._pop_batch is once
