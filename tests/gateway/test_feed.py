"""A record whose schema is still being looked up is neither dropped nor overtaken. The pocket broker will do."""

import asyncio

import pytest
from confluent_kafka import Producer

from config.kafka import aiokafka
from config.settings import Settings
from gateway.intake import Intake
from gateway.kafka.feed import Feed, FeedRecord
from schemas import catalogue
from schemas.catalogue import SchemasAwayError
from schemas.codec import UndecidedError
from schemas.topics import INTERVENTIONS

SECONDS = 20.0
OF_ANOTHER_VERSION = b"\xc3\x01another."


async def test_a_record_is_handed_on_again_until_it_is_decided(pocket: str) -> None:
    tries: list[bytes] = []
    taken: list[bytes] = []
    begun, done = asyncio.Event(), asyncio.Event()

    def take(record: FeedRecord) -> None:
        tries.append(record.value)
        if record.value == b"1" and tries.count(b"1") < 3:
            raise UndecidedError("unknown_schema", "it is being looked up")
        taken.append(record.value)
        if len(taken) == 5:
            done.set()

    feed = Feed(
        aiokafka(Settings(_env_file=None, kafka_bootstrap=pocket, broker="pocket")),
        [INTERVENTIONS.name],
        lookback_seconds=60,
        begun=lambda *_: begun.set(),
        take=take,
    )
    feed.start()
    # The pocket broker keeps no times: what was there before is not read.
    async with asyncio.timeout(SECONDS):
        await begun.wait()
        producer = Producer({"bootstrap.servers": pocket, "log_level": 0})
        for number in range(5):
            producer.produce(INTERVENTIONS.name, str(number).encode(), b"ada")
        assert await asyncio.to_thread(producer.flush, SECONDS) == 0
        await done.wait()
    await feed.stop()

    assert taken == [b"0", b"1", b"2", b"3", b"4"]
    assert tries.count(b"1") == 3


def test_what_is_not_decided_is_not_called_unreadable() -> None:
    def away(mark: bytes) -> None:
        raise SchemasAwayError("it is being looked up")

    intake = Intake()
    record = FeedRecord(INTERVENTIONS.name, 0, 0, 1, b"ada", OF_ANOTHER_VERSION)
    catalogue.look_elsewhere(away)
    with pytest.raises(UndecidedError):
        intake.read(record)
    assert not intake.counts

    catalogue.look_elsewhere(lambda mark: None)
    assert intake.read(record) is None
    assert intake.counts == {"unreadable": 1}
