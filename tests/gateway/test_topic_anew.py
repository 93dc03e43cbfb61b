"""A gateway whose topic is deleted and made anew while it reads, on a real broker."""

import asyncio
import uuid

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from confluent_kafka.error import KafkaException

from config.kafka import aiokafka
from config.settings import Settings
from gateway.kafka import feed as feed_module
from gateway.kafka.feed import Feed
from local.stack import Stack
from tests.gateway.school import SECONDS, until

pytestmark = [pytest.mark.kafka, pytest.mark.stack, pytest.mark.timeout(180)]


@pytest.mark.parametrize("noticed", [False, True], ids=["at once", "once it was missed"])
async def test_what_comes_to_a_topic_that_was_made_anew_is_not_passed_over_in_silence(
    stack: Stack, noticed: bool, caplog: pytest.LogCaptureFixture
) -> None:
    bootstrap = stack.environment()["MASTERX_KAFKA_BOOTSTRAP"]
    topic = f"anew-{uuid.uuid4()}"
    admin, producer = (kind({"bootstrap.servers": bootstrap, "log_level": 0}) for kind in (AdminClient, Producer))
    await asyncio.to_thread(make, admin, topic)
    taken: list[bytes] = []
    connection = aiokafka(Settings(_env_file=None, kafka_bootstrap=bootstrap))
    feed = Feed(
        connection, [topic], lookback_seconds=60, begun=lambda *_: None, take=lambda record: taken.append(record.value)
    )
    feed.start()
    try:
        await until(lambda: feed.reading)
        for number in range(3):
            producer.produce(topic, str(number).encode())
        assert await asyncio.to_thread(producer.flush, SECONDS) == 0
        await until(lambda: len(taken) == 3)
        await asyncio.to_thread(admin.delete_topics([topic])[topic].result, SECONDS)
        if noticed:
            await until(lambda: not feed.reading)
        await asyncio.to_thread(make, admin, topic)
        await asyncio.to_thread(write, producer, topic)
        await until(lambda: feed.ended)
        assert not feed.reading and not feed.caught_up
    finally:
        await feed.stop()
        await asyncio.to_thread(admin.delete_topics([topic])[topic].result, SECONDS)
    assert taken == [b"0", b"1", b"2"]
    said = [record.getMessage() for record in caplog.records if record.name == feed_module.__name__]
    assert [line for line in said if f"{topic}/0" in line and "start the gateway again" in line] == said[-1:]


def make(admin: AdminClient, topic: str) -> None:
    """The topic, as soon as the broker has let go of one of that name."""
    for attempt in range(100):
        try:
            admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(SECONDS)
            return
        except KafkaException:
            if attempt == 99:
                raise


def write(producer: Producer, topic: str) -> None:
    producer.produce(topic, b"new")
    assert producer.flush(SECONDS) == 0
