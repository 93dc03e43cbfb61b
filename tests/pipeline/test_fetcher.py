import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.protocol.fetch import FetchRequest, FetchRequest_v4, FetchRequest_v11

from local.stack import Stack
from pipeline import fetcher
from pipeline.fetch_session import FetchSession
from pipeline.fetcher import SessionFetcher, SessionFetchRequest

PARTITIONS = 3


class Read:
    """A consumer on a topic of its own, with all requests that it made and answers that it had."""

    def __init__(self, consumer: AIOKafkaConsumer, producer: AIOKafkaProducer, topic: str) -> None:
        self.consumer = consumer
        self.places = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
        self.named: list[int] = []
        self._producer = producer
        self._topic = topic
        self._watch(consumer._fetcher._client)

    def _watch(self, client: Any) -> None:
        send: Callable[..., Any] = client._client.send

        async def watched(node_id: int, request: Any, **options: Any) -> Any:
            if isinstance(request, SessionFetchRequest):
                built = request.build
                request.build = lambda version: self._count(built(version))  # type: ignore[method-assign]
            return await send(node_id, request, **options)

        client._client.send = watched

    def _count(self, struct: Any) -> Any:
        self.named.append(sum(len(partitions) for _, partitions in struct.topics))
        return struct

    async def write(self, partition: int, *values: bytes) -> None:
        for value in values:
            await self._producer.send_and_wait(self._topic, value, partition=partition)

    async def values(self, count: int) -> list[bytes]:
        found: list[bytes] = []
        async with asyncio.timeout(20):
            while len(found) < count:
                batches = await self.consumer.getmany(timeout_ms=100)
                found += [record.value for records in batches.values() for record in records]
        return found

    async def nothing_more(self) -> bool:
        return not await self.consumer.getmany(timeout_ms=300)


@pytest.fixture
async def read(stack: Stack) -> AsyncIterator[Read]:
    fetcher.install()
    bootstrap = stack.environment()["MASTERX_KAFKA_BOOTSTRAP"]
    topic = f"fetched-{uuid.uuid4()}"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    async with AsyncExitStack() as running:
        await admin.start()
        running.push_async_callback(admin.close)
        await admin.create_topics([NewTopic(topic, PARTITIONS, 1)])
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
        await producer.start()
        running.push_async_callback(producer.stop)
        for partition in range(PARTITIONS):
            await producer.send_and_wait(topic, b"first", partition=partition)
        consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False, fetch_max_wait_ms=50
        )
        await consumer.start()
        running.push_async_callback(consumer.stop)
        one = Read(consumer, producer, topic)
        consumer.assign(one.places)
        assert await one.values(PARTITIONS) == [b"first"] * PARTITIONS
        yield one


@pytest.mark.kafka
async def test_an_idle_consumer_names_no_partition_and_a_record_makes_it_name_one(read: Read) -> None:
    assert isinstance(read.consumer._fetcher, SessionFetcher)
    assert await read.nothing_more()
    read.named.clear()
    assert await read.nothing_more()
    assert set(read.named) == {0}
    await read.write(1, b"second")
    assert await read.values(1) == [b"second"]
    assert await read.nothing_more()
    assert sum(read.named) == 1


@pytest.mark.kafka
async def test_each_record_comes_once_through_pauses_seeks_and_a_session_that_the_broker_forgot(read: Read) -> None:
    places = read.places
    read.consumer.pause(places[0])
    await read.write(0, b"a", b"b")
    await read.write(1, b"c")
    assert await read.values(1) == [b"c"]
    assert await read.nothing_more()
    read.consumer.resume(places[0])
    assert await read.values(2) == [b"a", b"b"]
    read.consumer.seek(places[0], 2)
    assert await read.values(1) == [b"b"]
    for session in read.consumer._fetcher._sessions.values():
        session._id += 1
    await read.write(2, b"d")
    assert await read.values(1) == [b"d"]
    assert await read.nothing_more()
    for session in read.consumer._fetcher._sessions.values():
        session._epoch += 5
    await read.write(2, b"e")
    assert await read.values(1) == [b"e"]
    assert await read.nothing_more()


def test_a_broker_that_knows_no_sessions_is_asked_for_everything() -> None:
    whole = FetchRequest(50, 1, 100, 0, [("a", [(0, 7, 10), (1, 9, 10)])])
    session = FetchSession()
    request = SessionFetchRequest(whole, session)
    assert request.build(FetchRequest_v4) == whole.build(FetchRequest_v4)
    assert request.build(FetchRequest_v11).topics == whole.build(FetchRequest_v11).topics
    session.answered(3)
    assert request.build(FetchRequest_v11).topics == []
    assert request.build(FetchRequest_v4) == whole.build(FetchRequest_v4)
