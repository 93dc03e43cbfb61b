import asyncio

from agents.routing.pacing import PER_TURN, Pacer


async def test_first_ones_go_at_once_and_others_a_few_a_turn() -> None:
    pacer, gone = Pacer(), []

    async def go(number: int) -> None:
        await pacer.turn()
        gone.append(number)

    tasks = [asyncio.create_task(go(number)) for number in range(5 * PER_TURN)]
    counts = []
    while not all(task.done() for task in tasks):
        before = len(gone)
        await asyncio.sleep(0)
        counts.append(len(gone) - before)
    assert gone == list(range(5 * PER_TURN))
    assert max(counts) == PER_TURN


async def test_cancelled_waiters_take_no_place() -> None:
    pacer = Pacer()
    tasks = [asyncio.create_task(pacer.turn()) for _ in range(4 * PER_TURN)]
    await asyncio.sleep(0)
    for task in tasks[PER_TURN : 3 * PER_TURN]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert [task.cancelled() for task in tasks].count(True) == 2 * PER_TURN
    await pacer.turn()
