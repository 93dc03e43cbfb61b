"""A record whose schema is still being looked up is neither dropped nor overtaken, and a defect does not end the
reading. The pocket broker will do."""

import asyncio
import uuid
from collections.abc import Callable

import pytest
from confluent_kafka import Producer

from config.kafka import aiokafka
from config.settings import Settings
from gateway.intake import Intake
from gateway.kafka import feed as feed_module
from gateway.kafka.feed import Feed, FeedRecord
from gateway.parts import Parts
from schemas import catalogue
from schemas.catalogue import SchemasAwayError
from schemas.codec import Event, UndecidedError, encode
from schemas.topics import INTERVENTIONS, RESPONSES
from tests.cli.samples import sample

SECONDS = 20.0
OF_ANOTHER_VERSION = b"\xc3\x01another."


def of_interventions(pocket: str, begun: asyncio.Event, take: Callable[[FeedRecord], None]) -> Feed:
    """A feed on the pocket broker, which keeps no times: what was there before `begun` is not read."""
    connection = aiokafka(Settings(_env_file=None, kafka_bootstrap=pocket, broker="pocket"))
    topics = [INTERVENTIONS.name]
    return Feed(connection, topics, lookback_seconds=60, begun=lambda *_: begun.set(), take=take)


async def write(pocket: str, count: int) -> None:
    """Records of one learner, numbered."""
    producer = Producer({"bootstrap.servers": pocket, "log_level": 0})
    for number in range(count):
        producer.produce(INTERVENTIONS.name, str(number).encode(), b"ada")
    assert await asyncio.to_thread(producer.flush, SECONDS) == 0


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

    feed = of_interventions(pocket, begun, take)
    feed.start()
    async with asyncio.timeout(SECONDS):
        await begun.wait()
        await write(pocket, 5)
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


async def test_a_defect_in_what_takes_the_records_neither_ends_the_reading_nor_goes_unsaid(
    pocket: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(feed_module, "RETRY_SECONDS", 0.05)
    taken: list[bytes] = []
    failed: list[bool] = []
    begun, done = asyncio.Event(), asyncio.Event()

    def take(record: FeedRecord) -> None:
        if record.value == b"1" and len(failed) < 3:
            failed.append(feed.reading)
            raise RuntimeError("a defect")
        taken.append(record.value)
        if len(taken) == 3:
            done.set()

    feed = of_interventions(pocket, begun, take)
    feed.start()
    async with asyncio.timeout(SECONDS):
        await begun.wait()
        await write(pocket, 3)
        await done.wait()
        while not feed.reading:  # noqa: ASYNC110 - a turn of its reader
            await asyncio.sleep(0.01)
    await feed.stop()

    assert taken == [b"0", b"1", b"2"]
    assert len(failed) == 3
    said = [record for record in caplog.records if record.name == feed_module.__name__]
    assert said and all("it begins again where it was" in record.getMessage() for record in said)


async def test_an_error_without_words_is_said_once_too(
    pocket: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(feed_module, "RETRY_SECONDS", 0.01)
    tries: list[int] = []

    async def fails(_: object) -> None:
        tries.append(len(tries))
        await asyncio.sleep(0)
        raise TimeoutError

    feed = of_interventions(pocket, asyncio.Event(), lambda _: None)
    monkeypatch.setattr(feed, "_find_beginning", fails)
    feed.start()
    async with asyncio.timeout(SECONDS):
        while len(tries) < 3:  # noqa: ASYNC110 - a turn of its reader
            await asyncio.sleep(0.01)
    await feed.stop()
    assert len([record for record in caplog.records if record.name == feed_module.__name__]) == 1


async def test_while_it_can_not_read_it_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Parts(Settings(_env_file=None), lambda *_: None, lambda *_: [])
    for caught_up, reading, ready in ((False, True, False), (True, False, False), (True, True, True)):
        made.feed.caught_up, made.feed.reading = caught_up, reading
        if ready:
            await made._feed_ping()
        else:
            with pytest.raises(ConnectionError):
                await made._feed_ping()
    await made.limits.stop()


def test_a_record_that_can_not_be_shown_is_said_and_those_behind_it_are_shown(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        made = Parts(Settings(_env_file=None), lambda *_: None, lambda *_: [])
        shown: list[int] = []

        def response(event: Event, at: int) -> None:
            if at == 1:
                raise KeyError("a defect")
            shown.append(at)

        monkeypatch.setattr(made.figures, "response", response)
        for at in (1, 2):
            event = sample("TutorResponse") | {"event_id": str(uuid.uuid4())}
            made._take(FeedRecord(RESPONSES.name, 3, at, at, b"school/ada", encode("TutorResponse", event)))
        assert shown == [2]
        assert made.intake.counts == {"failed": 1}
        await made.limits.stop()

    asyncio.run(run())
    [said] = [record.getMessage() for record in caplog.records]
    assert said == "a record can't be shown and is passed over: masterx.responses/3/1"
