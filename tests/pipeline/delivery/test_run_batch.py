import asyncio
from collections.abc import Sequence
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.delivery.run_batch import BatchRunner


class Bench:
    def __init__(self, most: int = 3, within: float = 0.005, tick: float | None = None, max_bytes: int = 1000) -> None:
        self.batches: list[list[int]] = []
        self.acked: list[int] = []
        self.failures: list[tuple[int | None, str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.broken = False
        self.runner: BatchRunner[int] = BatchRunner(
            self.work,
            self.acked.append,
            lambda item, error: self.failures.append((item, str(error))),
            most=most,
            within=within,
            tick=tick,
            max_bytes=max_bytes,
        )

    async def work(self, items: Sequence[int]) -> None:
        self.batches.append(list(items))
        await self.gate.wait()
        if self.broken:
            raise RuntimeError("broken")

    async def feed(self, *items: int, size: int = 0) -> None:
        for item in items:
            await self.runner.submit(("t", 0), item, None, item, size)


async def test_a_full_batch_goes_at_once_and_a_partial_one_after_its_time():
    bench = Bench(within=0.02)
    await bench.feed(0, 1, 2)
    await asyncio.sleep(0.005)
    assert bench.batches == [[0, 1, 2]]
    await bench.feed(3)
    await asyncio.sleep(0.05)
    assert bench.batches == [[0, 1, 2], [3]]
    assert bench.acked == [0, 1, 2, 3]


async def test_a_batch_that_is_full_by_its_bytes_goes_at_once_and_one_that_is_larger_by_itself():
    bench = Bench(most=100, within=60, max_bytes=1000)
    bench.gate.clear()
    feeding = asyncio.create_task(bench.feed(0, 1, 2, 3, 4, size=400))
    await asyncio.sleep(0.01)
    assert (bench.batches, bench.runner.in_flight, feeding.done()) == ([[0, 1]], 4, False)
    bench.gate.set()
    await feeding
    await bench.feed(5, size=5000)
    await bench.feed(6)
    await asyncio.sleep(0.01)
    assert bench.batches == [[0, 1], [2, 3], [4], [5]]
    await bench.runner.drain(1)
    assert bench.acked == [0, 1, 2, 3, 4, 5]


async def test_the_next_batch_is_gathered_while_one_is_under_way_and_then_waits():
    bench = Bench()
    bench.gate.clear()
    await bench.feed(0, 1, 2)
    await asyncio.sleep(0.01)
    await bench.feed(3, 4, 5)
    seventh = asyncio.create_task(bench.feed(6))
    await asyncio.sleep(0.02)
    assert not seventh.done()
    assert bench.runner.in_flight == 6
    assert bench.runner.oldest() == {("t", 0): 0}
    bench.gate.set()
    await asyncio.sleep(0.05)
    assert bench.batches == [[0, 1, 2], [3, 4, 5], [6]]
    assert bench.acked == list(range(7))


async def test_draining_finishes_the_batch_under_way_and_hands_back_the_next():
    bench = Bench()
    bench.gate.clear()
    await bench.feed(0, 1, 2)
    await asyncio.sleep(0.01)
    await bench.feed(3)
    draining = asyncio.create_task(bench.runner.drain(1))
    await asyncio.sleep(0)
    bench.gate.set()
    assert await draining
    assert bench.acked == [0, 1, 2]
    assert bench.batches == [[0, 1, 2]]


async def test_abandoned_batches_are_never_acknowledged():
    bench = Bench()
    bench.gate.clear()
    await bench.feed(0, 1, 2)
    await asyncio.sleep(0.01)
    await bench.feed(3)
    assert bench.runner.abandon() == 4
    bench.gate.set()
    await bench.feed(1)
    await asyncio.sleep(0.05)
    assert bench.acked == [1]


async def test_what_work_raises_is_reported_and_acknowledges_nothing():
    bench = Bench()
    bench.broken = True
    await bench.feed(0, 1, 2)
    await asyncio.sleep(0.01)
    assert bench.failures == [(0, "broken")]
    assert bench.acked == []


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 3), max_size=40), st.integers(1, 7))
def test_keeps_the_order_whatever_the_arrivals(pauses, most):
    async def play() -> Bench:
        bench = Bench(most=most, within=0.0005)
        for item, pause in enumerate(pauses):
            await bench.feed(item)
            for _ in range(pause):
                await asyncio.sleep(0)
        while bench.runner.in_flight:  # noqa: ASYNC110 - turns of the loop are the clock here
            await asyncio.sleep(0.0005)
        return bench

    bench = asyncio.run(play())
    assert bench.acked == list(range(len(pauses)))
    assert [item for batch in bench.batches for item in batch] == bench.acked
    assert all(len(batch) <= most for batch in bench.batches)


async def test_ticks_between_batches_where_records_come_without_a_pause():
    bench = Bench(within=0.001, tick=0.01)
    bench.runner.begin()
    number = 0
    while [] not in bench.batches and number < 2000:
        await bench.feed(number)
        number += 1
        await asyncio.sleep(0)
        if number % 20 == 0:
            await asyncio.sleep(0.002)
    assert [] in bench.batches
    assert any(bench.batches[: bench.batches.index([])])
    await bench.runner.drain(1)
    taken = [item for batch in bench.batches for item in batch]
    assert bench.acked == taken == list(range(len(taken)))


async def test_ticks_when_nothing_comes_and_not_before_it_begins():
    bench = Bench(tick=0.005)
    await asyncio.sleep(0.02)
    assert bench.batches == []
    bench.runner.begin()
    async with asyncio.timeout(30):
        while len(bench.batches) < 2:  # noqa: ASYNC110 - the bench has no event for it
            await asyncio.sleep(0.005)
    assert bench.batches[0] == []
    await bench.feed(0, 1, 2)
    async with asyncio.timeout(30):
        while [0, 1, 2] not in bench.batches:  # noqa: ASYNC110 - the bench has no event for it
            await asyncio.sleep(0.005)
    assert await bench.runner.drain(1)
    ticks = len(bench.batches)
    await asyncio.sleep(0.02)
    assert len(bench.batches) == ticks


async def test_work_that_ends_behind_abandon_acknowledges_nothing():
    acked: list[int] = []
    begun, ending = asyncio.Event(), asyncio.Event()

    async def work(items: Sequence[int]) -> None:
        begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        await ending.wait()

    runner: BatchRunner[int] = BatchRunner(work, acked.append, lambda *_: None, most=1, within=0)
    await runner.submit(("t", 0), 7, None, 7)
    await begun.wait()
    runner.abandon()
    begun.clear()
    # The partition comes back, and with it the record.
    await runner.submit(("t", 0), 7, None, 7)
    await begun.wait()
    ending.set()
    await asyncio.sleep(0.01)
    assert acked == []
    runner.abandon()
    await asyncio.sleep(0.01)
