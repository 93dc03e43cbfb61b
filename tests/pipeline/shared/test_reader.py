"""Reading `masterx.shared` from a broker. The pocket one will do: rebalances and crashes are tested with the profile's
worker on Kafka."""

import asyncio

from confluent_kafka import Producer

from config.settings import Settings
from pipeline.shared.latest import topic_key
from pipeline.shared.reader import SharedReader
from schemas import announced, catalogue
from schemas.catalogue import AvroSchema, SchemasAwayError
from schemas.codec import Event, encode
from schemas.topics import SHARED
from tests.pipeline.shared.publications import publication
from tests.schemas.another_version import of_another_version, written_by_it


def publish(pocket: str, *events: Event) -> None:
    producer = Producer({"bootstrap.servers": pocket, "log_level": 0})
    for event in events:
        producer.produce(SHARED.name, encode(SHARED.event, event), topic_key(event))
    assert producer.flush(20) == 0


async def test_everything_is_heard_from_the_beginning_and_what_is_bad_is_passed_over(pocket: str) -> None:
    before = [publication(partition, revision) for partition in range(6) for revision in (1, 2)]
    publish(pocket, *before)
    producer = Producer({"bootstrap.servers": pocket, "log_level": 0})
    producer.produce(SHARED.name, b"no event", b"item_difficulty/0")
    producer.produce(SHARED.name, None, b"item_difficulty/1")
    assert producer.flush(20) == 0
    heard: list[Event] = []
    reader = SharedReader(Settings(kafka_bootstrap=pocket, broker="pocket"), heard.append)
    await reader.caught_up()
    assert reader.there
    assert sorted(heard, key=topic_key) == sorted(before, key=topic_key)
    assert [event["revision"] for event in heard if event["source_partition"] == 3] == [1, 2]

    later = publication(3, 3)
    publish(pocket, later)
    await reader.caught_up()
    assert heard[-1] == later
    assert len(heard) == len(before) + 1
    await reader.close()


async def test_what_another_version_published_is_heard_once_its_schema_is_found(pocket: str) -> None:
    mark, schema = of_another_version(SHARED.event)
    looks = 0

    def slowly(asked: bytes) -> tuple[str, AvroSchema]:
        nonlocal looks
        looks += 1
        if looks < 3:
            raise SchemasAwayError("it is being looked up")
        return announced.read(asked, schema)

    catalogue.look_elsewhere(slowly)
    producer = Producer({"bootstrap.servers": pocket, "log_level": 0})
    producer.produce(SHARED.name, written_by_it(mark, SHARED.event, publication()), topic_key(publication()))
    assert producer.flush(20) == 0
    heard: list[Event] = []
    reader = SharedReader(Settings(kafka_bootstrap=pocket, broker="pocket"), heard.append)
    await reader.caught_up()
    assert heard == [publication()]
    await reader.close()


async def test_an_empty_topic_is_caught_up_with_at_once(pocket: str) -> None:
    heard: list[Event] = []
    reader = SharedReader(Settings(kafka_bootstrap=pocket, broker="pocket"), heard.append)
    await reader.caught_up()
    assert reader.there
    assert heard == []
    await reader.close()


async def test_a_missing_topic_keeps_nobody_waiting_and_is_read_once_it_is_there(pocket: str) -> None:
    heard: list[Event] = []
    reader = SharedReader(Settings(kafka_bootstrap=pocket, broker="kafka"), heard.append)
    await reader.caught_up()
    assert not reader.there
    publish(pocket, publication())
    while not reader.there:
        await reader.caught_up()
        await asyncio.sleep(0.05)
    await reader.caught_up()
    assert heard == [publication()]
    await reader.close()


async def test_a_broker_that_is_away_is_waited_for_and_closing_ends_it() -> None:
    reader = SharedReader(Settings(kafka_bootstrap="127.0.0.1:1"), lambda event: None)
    reader.start()
    await asyncio.sleep(0.05)
    assert not reader.there
    await reader.close()
