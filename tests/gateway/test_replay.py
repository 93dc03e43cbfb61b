"""What a stream is given of the partition that its learner shares with others."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.structs import ConsumerRecord

from gateway.kafka import replay as replay_module
from gateway.kafka.feed import FeedRecord
from gateway.kafka.replay import Replay, Span

TOPIC = "masterx.responses"
LOW = 3
KEYS = (b"school/ada", b"school/ben", b"other/ada")
LOG = [
    ConsumerRecord(TOPIC, 0, offset, offset * 10, 1, KEYS[offset % 3], b"%d" % offset, None, 1, 1, ())
    for offset in range(LOW, 15)
]


class Consumer:
    """A partition of three learners, of which the first records are gone."""

    def __init__(self, **_: Any) -> None:
        self._next = 0

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def assign(self, places: Sequence[TopicPartition]) -> None: ...

    async def beginning_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, LOW)

    def seek(self, place: TopicPartition, offset: int) -> None:
        self._next = offset

    async def getmany(
        self, place: TopicPartition, **_: Any
    ) -> Mapping[TopicPartition, Sequence["ConsumerRecord[bytes, bytes]"]]:
        batch = [record for record in LOG if record.offset >= self._next][:4]
        self._next += 4
        return {place: batch}


async def read(span: Span, most: int = 100) -> tuple[int, list[FeedRecord]]:
    """Where the reading began, and what it gave to school/ada."""
    begun, *records = [found async for found in Replay({}, most=most).read(span, KEYS[0])]
    assert isinstance(begun, int)
    return begun, [record for record in records if isinstance(record, FeedRecord)]


@pytest.fixture(autouse=True)
def partition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_module, "AIOKafkaConsumer", Consumer)


async def test_a_stream_is_given_its_learner_s_records_alone() -> None:
    begun, records = await read(Span(TOPIC, 0, 4, 13))
    assert begun == 4
    assert [(record.offset, record.value) for record in records] == [(6, b"6"), (9, b"9"), (12, b"12")]
    assert {record.key for record in records} == {b"school/ada"}


async def test_where_the_reading_begins_is_said() -> None:
    assert (await read(Span(TOPIC, 0, 0, 7)))[0] == LOW
    begun, records = await read(Span(TOPIC, 0, 4, 13), most=5)
    assert (begun, [record.offset for record in records]) == (8, [9, 12])
