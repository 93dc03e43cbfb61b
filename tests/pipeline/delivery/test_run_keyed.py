"""The runner against a small model of a broker: random arrivals, durations, failures and rebalances."""

import asyncio
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.delivery.run_keyed import KeyedRunner

CONCURRENCY = 6
SPAN = 10


@dataclass
class Log:
    """A topic's partitions, what was acknowledged in each, and what the work did."""

    partitions: list[list[tuple[int, int]]]  # (key, duration in turns of the loop) by offset
    committed: list[int]
    effects: list[tuple[int, int, int]] = field(default_factory=list)  # (partition, key, offset)
    running: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))
    faults: list[str] = field(default_factory=list)
    most_in_flight: int = 0


@dataclass(frozen=True)
class Item:
    partition: int
    offset: int
    key: int
    turns: int
    epoch: int


async def play(log: Log, rebalances: list[int]) -> None:
    """Feed everything that is not committed, again from the committed offset after each rebalance."""
    epoch = 0
    runner: KeyedRunner[Item]

    async def work(item: Item) -> None:
        if item.epoch != epoch:
            log.faults.append(f"{item} begun after its assignment ended")
        lane = (item.partition, item.key)
        log.running[lane] += 1
        if log.running[lane] != 1:
            log.faults.append(f"{item} begun beside another record of its key")
        try:
            for _ in range(item.turns):
                await asyncio.sleep(0)
            log.effects.append((item.partition, item.key, item.offset))
        finally:
            log.running[lane] -= 1

    def acknowledge(item: Item) -> None:
        if item.epoch != epoch:
            log.faults.append(f"{item} acknowledged after its assignment ended")
        if item.offset != log.committed[item.partition]:
            log.faults.append(f"{item} acknowledged before offset {log.committed[item.partition]}")
        log.committed[item.partition] = item.offset + 1

    def failed(item: Item, error: BaseException) -> None:
        raise AssertionError(f"{item}: {error}")

    runner = KeyedRunner(work, acknowledge, failed, concurrency=CONCURRENCY, span=SPAN)

    async def feed(of_epoch: int) -> None:
        heads = list(log.committed)
        while any(head < len(rows) for head, rows in zip(heads, log.partitions, strict=True)):
            for partition, rows in enumerate(log.partitions):
                if heads[partition] >= len(rows):
                    continue
                offset = heads[partition]
                key, turns = rows[offset]
                item = Item(partition, offset, key, turns, of_epoch)
                await runner.submit(("t", partition), offset, (partition, key), item)
                log.most_in_flight = max(log.most_in_flight, runner.in_flight)
                oldest = runner.oldest().get(("t", partition))
                assert oldest is None or offset - oldest < SPAN + 1
                heads[partition] += 1
                await asyncio.sleep(0)

    for turns in rebalances:
        feeder = asyncio.create_task(feed(epoch))
        for _ in range(turns):
            await asyncio.sleep(0)
        feeder.cancel()
        await asyncio.gather(feeder, return_exceptions=True)
        if turns % 2:
            await runner.drain(0.01)
        epoch += 1
        runner.abandon()
        assert runner.in_flight == 0
    await feed(epoch)
    while runner.in_flight:  # noqa: ASYNC110 - turns of the loop are the clock here
        await asyncio.sleep(0)


RECORDS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), max_size=25)


@settings(deadline=None, max_examples=150)
@given(st.lists(RECORDS, min_size=1, max_size=3), st.lists(st.integers(0, 40), max_size=4))
def test_every_record_is_done_in_key_order_and_acknowledged_without_gaps(partitions, rebalances):
    log = Log(partitions, [0] * len(partitions))
    asyncio.run(play(log, rebalances))
    assert log.faults == []
    assert log.committed == [len(rows) for rows in partitions]
    assert log.most_in_flight <= CONCURRENCY
    for partition, rows in enumerate(partitions):
        for key in {key for key, _ in rows}:
            done = [offset for p, k, offset in log.effects if (p, k) == (partition, key)]
            expected = [offset for offset, (k, _) in enumerate(rows) if k == key]
            assert sorted(set(done)) == expected
            # A rebalance may repeat, never reorder: each first time comes after the first time of all before it.
            assert list(dict.fromkeys(done)) == expected


async def test_one_stuck_key_holds_nobody_else_up():
    done: list[int] = []
    acked: list[int] = []
    stuck = asyncio.Event()

    async def work(item: int) -> None:
        if item == 0:
            await stuck.wait()
        done.append(item)

    runner = KeyedRunner(work, acked.append, lambda *_: None, concurrency=100, span=100)
    for offset in range(20):
        await runner.submit(("t", 0), offset, 0 if offset in (0, 5) else offset, offset)
    await asyncio.sleep(0.01)
    assert sorted(done) == [offset for offset in range(20) if offset not in (0, 5)]
    assert acked == []
    stuck.set()
    await asyncio.sleep(0.01)
    assert done[-2:] == [0, 5]
    assert acked == list(range(20))


async def test_submission_waits_for_room_in_number_bytes_and_span():
    gate = asyncio.Event()

    async def work(_: int) -> None:
        await gate.wait()

    async def held_back(**limits: int) -> bool:
        gate.clear()
        runner = KeyedRunner(work, lambda _: None, lambda *_: None, **{"concurrency": 99, "span": 99, **limits})
        await runner.submit(("t", 0), 0, "a", 0, 60)
        second = asyncio.create_task(runner.submit(("t", 0), 3, "b", 1, 60))
        await asyncio.sleep(0.005)
        waited = not second.done()
        gate.set()
        await asyncio.wait_for(second, 1)
        return waited

    assert not await held_back()
    assert await held_back(concurrency=1)
    assert await held_back(max_bytes=100)
    assert await held_back(span=3)


async def test_draining_finishes_what_has_begun_and_hands_back_the_rest():
    gate = asyncio.Event()
    begun: list[int] = []
    acked: list[int] = []

    async def work(item: int) -> None:
        begun.append(item)
        await gate.wait()

    runner = KeyedRunner(work, acked.append, lambda *_: None, concurrency=9, span=9)
    for offset, lane in enumerate(("a", "a", "b")):
        await runner.submit(("t", 0), offset, lane, offset)
    await asyncio.sleep(0)
    draining = asyncio.create_task(runner.drain(5))
    await asyncio.sleep(0)
    gate.set()
    assert await draining
    assert begun == [0, 2]
    assert acked == [0]
    assert runner.in_flight == 0


async def test_draining_gives_up_at_its_deadline():
    runner = KeyedRunner(lambda _: asyncio.sleep(60), lambda _: None, lambda *_: None, concurrency=9, span=9)
    await runner.submit(("t", 0), 0, "a", 0)
    await asyncio.sleep(0)
    assert not await runner.drain(0.01)
    assert runner.abandon() == 1


async def test_work_that_ends_behind_abandon_acknowledges_nothing_and_ends_nothing():
    acked: list[int] = []
    failures: list[int] = []
    begun, ending = asyncio.Event(), asyncio.Event()

    async def work(item: int) -> None:
        begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        await ending.wait()

    runner = KeyedRunner(work, acked.append, lambda item, _: failures.append(item), concurrency=9, span=9)
    await runner.submit(("t", 0), 7, "a", 7)
    await begun.wait()
    runner.abandon()
    begun.clear()
    # The partition comes back, and with it the record.
    await runner.submit(("t", 0), 7, "a", 7)
    await begun.wait()
    ending.set()
    await asyncio.sleep(0.01)
    assert (acked, failures, runner.in_flight) == ([], [], 1)
    runner.abandon()
    await asyncio.sleep(0.01)


async def test_what_work_raises_is_reported_and_its_record_never_acknowledged():
    acked: list[int] = []
    failures: list[tuple[int, str]] = []

    async def work(item: int) -> None:
        if item == 1:
            raise RuntimeError("broken")

    runner = KeyedRunner(
        work, acked.append, lambda item, error: failures.append((item, str(error))), concurrency=9, span=9
    )
    for offset in range(3):
        await runner.submit(("t", 0), offset, offset, offset)
    await asyncio.sleep(0.01)
    assert failures == [(1, "broken")]
    assert acked == [0]


async def test_the_model_catches_a_runner_that_acknowledges_out_of_order(monkeypatch):
    """The check on the check: acknowledging each record as it is done must not pass."""
    partitions = [[(0, 4), (1, 0), (2, 0)]]
    log = Log(partitions, [0])
    await play(log, [])
    assert log.faults == []

    monkeypatch.setattr("pipeline.delivery.prefix.Prefix.finish", lambda self, entry: [entry.item])
    log = Log(partitions, [0])
    await play(log, [])
    assert log.faults != []
