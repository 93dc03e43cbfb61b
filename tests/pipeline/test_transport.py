import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaTimeoutError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from mode import Service

from pipeline.transport import Consumer, ConsumerThread

CHANGELOG = "masterx-core-context-changelog"


class ConsumerAtPositions:
    """What the client does at a seek: a partition without a commit stays where it stands."""

    def __init__(self, committed: dict[TP, int | None], positions: dict[TP, int]) -> None:
        self.committed = committed
        self.silent = False
        self.positions = positions

    async def seek_to_committed(self) -> dict[TP, int | None]:
        for tp, offset in self.committed.items():
            if offset:
                self.positions[tp] = offset
        return self.committed

    async def beginning_offsets(self, partitions: list[TP]) -> dict[TP, int]:
        if self.silent:
            raise KafkaTimeoutError
        return {tp: 3 if tp.topic == "trimmed" else 0 for tp in partitions}

    def seek(self, tp: TP, offset: int) -> None:
        self.positions[tp] = offset


@pytest.mark.parametrize(
    ("tp", "committed", "before", "after"),
    [
        (TP("masterx.messages", 0), 7, 12, 7),
        (TP("masterx.messages", 1), None, 6, 0),
        (TP("masterx.messages", 2), 0, 6, 0),
        (TP("trimmed", 0), None, 6, 3),
        (TP(CHANGELOG, 0), None, 6, 6),
    ],
)
async def test_what_was_read_and_thrown_away_before_the_tables_were_restored_is_read_again(
    tp: TP, committed: int | None, before: int, after: int
) -> None:
    consumer = ConsumerAtPositions({tp: committed}, {tp: before})
    assert await thread_of(consumer)._seek_to_committed() == {tp: committed}
    assert consumer.positions[tp] == after


def thread_of(consumer: ConsumerAtPositions) -> Any:
    thread: Any = ConsumerThread.__new__(ConsumerThread)
    thread._consumer = consumer
    thread._ensure_consumer = lambda: consumer
    thread.app = SimpleNamespace(tables=SimpleNamespace(changelog_topics={CHANGELOG}))
    return thread


@pytest.mark.parametrize(("committed", "begins"), [(1, 3), (3, 3), (5, 5)])
async def test_what_was_gone_before_it_was_read_is_said_and_nothing_waits_for_it(
    committed: int, begins: int, caplog: pytest.LogCaptureFixture
) -> None:
    tp = TP("trimmed", 2)
    consumer = ConsumerAtPositions({tp: committed}, {tp: 0})
    assert await thread_of(consumer)._seek_to_committed() == {tp: begins}
    assert consumer.positions[tp] == begins
    said = ["trimmed/2: 2 records, 1 to 2, were gone before they were read: the topic keeps too little"]
    assert [record.getMessage() for record in caplog.records] == (said if committed < begins else [])


async def test_a_broker_that_does_not_say_where_a_topic_begins_holds_nobody_up() -> None:
    tp = TP("trimmed", 2)
    consumer = ConsumerAtPositions({tp: 5}, {tp: 0})
    consumer.silent = True
    assert await thread_of(consumer)._seek_to_committed() == {tp: 5}
    assert consumer.positions[tp] == 5


class Fetches:
    """The driver's own `getmany`, over batches that each begin with what happens just before it is handed out."""

    def __init__(self, consumer: Any, batches: list[tuple[bool, list[TP]]]) -> None:
        self.consumer = consumer
        self.batches = batches
        self.seeks = 0

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, str]]:
        rebalancing, tps = self.batches.pop(0)
        self.consumer.app.rebalancing = rebalancing
        for tp in tps:
            yield tp, f"of {tp.topic}"

    async def perform_seek(self) -> None:
        self.seeks += 1


@pytest.fixture
def consumer() -> Any:
    made: Any = Consumer.__new__(Consumer)
    made._sought_generation = 1
    made.app = SimpleNamespace(
        rebalancing=False, consumer_generation_id=1, tables=SimpleNamespace(changelog_topics={CHANGELOG})
    )
    return made


async def taken(consumer: Any, fetches: Fetches, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(driver.Consumer, "getmany", lambda _self, timeout: fetches.getmany(timeout))
    monkeypatch.setattr(driver.Consumer, "perform_seek", lambda _self: fetches.perform_seek())
    return [tp.topic async for tp, _ in consumer.getmany(1.0)]


MESSAGE, CHANGE = TP("masterx.messages", 0), TP(CHANGELOG, 0)


async def test_a_stages_records_are_passed_over_during_a_rebalance_and_sought_back_once_after_it(
    consumer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer.app.rebalancing = True
    fetches = Fetches(consumer, [(True, [MESSAGE, CHANGE]), (False, [MESSAGE]), (False, [MESSAGE]), (False, [MESSAGE])])
    assert await taken(consumer, fetches, monkeypatch) == [CHANGELOG]
    # Fetched before the rebalance ended: from a position that the final seek has left behind.
    assert await taken(consumer, fetches, monkeypatch) == []
    assert fetches.seeks == 0
    assert await taken(consumer, fetches, monkeypatch) == ["masterx.messages"]
    assert fetches.seeks == 1
    assert await taken(consumer, fetches, monkeypatch) == ["masterx.messages"]
    assert fetches.seeks == 1


async def test_nothing_is_sought_where_nothing_was_passed_over(consumer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    consumer.app.rebalancing = True
    fetches = Fetches(consumer, [(True, [CHANGE]), (False, [MESSAGE])])
    assert await taken(consumer, fetches, monkeypatch) == [CHANGELOG]
    consumer.app.rebalancing = False
    assert await taken(consumer, fetches, monkeypatch) == ["masterx.messages"]
    assert fetches.seeks == 0


async def test_a_rebalance_that_begins_while_another_ends_is_not_taken_for_over(
    consumer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer.app.consumer_generation_id = 2
    fetches = Fetches(consumer, [(False, [MESSAGE]), (False, [MESSAGE])])
    assert await taken(consumer, fetches, monkeypatch) == []
    await consumer.perform_seek()
    assert await taken(consumer, fetches, monkeypatch) == ["masterx.messages"]
    # Once by the driver, once more for what had been passed over.
    assert fetches.seeks == 2


@pytest.mark.parametrize("check", ["verify_event_path", "verify_recovery_event_path"])
@pytest.mark.parametrize(("thread_class", "complaints"), [(driver.AIOKafkaConsumerThread, 1), (ConsumerThread, 0)])
def test_a_partition_without_records_is_not_called_stuck(thread_class: type, complaints: int, check: str) -> None:
    nothing_fetched = SimpleNamespace(timestamp=None)
    assignment = SimpleNamespace(active=True, state_value=lambda tp: nothing_fetched)
    subscriptions = SimpleNamespace(subscription=SimpleNamespace(assignment=assignment))
    consumer = SimpleNamespace(_fetcher=SimpleNamespace(_subscriptions=subscriptions))
    said: list[str] = []
    thread: Any = thread_class.__new__(thread_class)
    vars(thread).update(
        _ensure_consumer=lambda: consumer,
        log=SimpleNamespace(error=lambda text, *args: said.append(text)),
        tp_fetch_request_timeout_secs=1.0,
        time_started=0.0,
    )
    getattr(thread, check)(10.0, TP("masterx.messages", 4))
    assert len(said) == complaints


@pytest.fixture
async def handing_on() -> Any:
    """A consumer that may call `wait_first`."""
    made: Any = Consumer.__new__(Consumer)
    Service.__init__(made)
    return made


async def test_a_record_that_a_stream_has_room_for_is_handed_on_without_a_task(handing_on: Any) -> None:
    suspended = asyncio.Event()
    ran_in = []

    async def hand_on() -> str:
        ran_in.append(asyncio.current_task())
        return "taken"

    found = await handing_on.wait_first(hand_on(), suspended.wait())
    assert (found.results, found.stopped) == (["taken"], False)
    assert ran_in == [asyncio.current_task()]


async def test_a_record_whose_stream_is_full_waits_for_room(handing_on: Any) -> None:
    room: asyncio.Queue[int] = asyncio.Queue(maxsize=1)
    room.put_nowait(0)

    async def hand_on() -> str:
        await room.put(1)
        await room.put(2)
        return "taken"

    waiting = asyncio.create_task(handing_on.wait_first(hand_on(), asyncio.Event().wait()))
    assert [await asyncio.wait_for(room.get(), 5) for _ in range(3)] == [0, 1, 2]
    assert (await waiting).results == ["taken"]


async def test_a_record_that_waits_is_given_up_when_the_flow_is_suspended(handing_on: Any) -> None:
    suspended, given_up = asyncio.Event(), asyncio.Event()

    async def hand_on() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            given_up.set()

    waiting = asyncio.create_task(handing_on.wait_first(hand_on(), suspended.wait()))
    await asyncio.sleep(0)
    suspended.set()
    assert (await waiting).results == [True]
    await asyncio.wait_for(given_up.wait(), 5)


@pytest.mark.parametrize("at_once", [True, False])
async def test_what_goes_wrong_while_a_record_is_handed_on_is_raised(handing_on: Any, at_once: bool) -> None:
    async def hand_on() -> None:
        if not at_once:
            await asyncio.sleep(0)
        raise ValueError("no such partition")

    with pytest.raises(ValueError, match="no such partition"):
        await handing_on.wait_first(hand_on(), asyncio.Event().wait())
