"""What a client that takes nothing costs the others."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway import stream
from gateway.cursor import Cursor
from gateway.kafka.feed import FeedRecord
from gateway.kafka.replay import Span
from gateway.stream import Streams
from gateway.subscriber import Subscriber
from tests.gateway.frames import kept

SPAN = Span("masterx.responses", 0, 10, 13)


class OneTurn:
    """Kafka's records of a span, read for one stream at a time."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(1)

    async def read(self, span: Span, key: bytes) -> AsyncGenerator[FeedRecord | int, None]:
        async with self._turn:
            yield span.begin
            for offset in range(span.begin, span.end):
                yield FeedRecord(span.topic, span.partition, offset, 0, key, b"")


def streams() -> Streams:
    made: dict[str, Any] = {"feed": None, "recent": None, "hub": None, "replay": OneTurn()}
    intake = SimpleNamespace(read=lambda record: (kept(record.offset), {}))
    return Streams(**made, intake=cast(Any, intake), most_waiting=100)


async def taken(to: Subscriber, resumed: AsyncGenerator[list[dict[str, Any]], None], most: int) -> list[int]:
    """What a client takes of a resumed stream that ends when it is lost, as the senders do it."""
    found: list[int] = []
    async with aclosing(resumed) as frames:
        async for batch in frames:
            found += [frame["n"] for frame in batch]
            if len(found) == most:
                await to.lost.wait()
                break
    return found


async def test_a_client_that_takes_nothing_keeps_no_other_from_being_resumed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "STALLED_SECONDS", 0.05)
    of = streams()
    slow, quick = (Subscriber(staff=False, session=None, most=16, cursor=Cursor(0, 10, 5)) for _ in range(2))
    first = asyncio.create_task(taken(slow, of._again(SPAN, b"school/slow", slow), 1))
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        assert await taken(quick, of._again(SPAN, b"school/quick", quick), 99) == [10, 11, 12]
        assert await first == [10]
    assert slow.lost.is_set() and not quick.lost.is_set()
