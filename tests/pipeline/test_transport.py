from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from pipeline.transport import Consumer, ConsumerThread

CHANGELOG = "masterx-core-context-changelog"


class ConsumerAtPositions:
    """What the client does at a seek: a partition without a commit stays where it stands."""

    def __init__(self, committed: dict[TP, int | None], positions: dict[TP, int]) -> None:
        self.committed = committed
        self.positions = positions

    async def seek_to_committed(self) -> dict[TP, int | None]:
        for tp, offset in self.committed.items():
            if offset:
                self.positions[tp] = offset
        return self.committed

    async def beginning_offsets(self, partitions: list[TP]) -> dict[TP, int]:
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
    thread: Any = ConsumerThread.__new__(ConsumerThread)
    thread._consumer = consumer
    thread._ensure_consumer = lambda: consumer
    thread.app = SimpleNamespace(tables=SimpleNamespace(changelog_topics={CHANGELOG}))
    assert await thread._seek_to_committed() == {tp: committed}
    assert consumer.positions[tp] == after


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
