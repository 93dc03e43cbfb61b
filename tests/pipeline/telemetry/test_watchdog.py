"""What the watchdog ends a worker for, and what it leaves alone."""

import asyncio
import itertools
import threading
from collections.abc import Callable

from pipeline.telemetry.meter import Counts, StageMeter
from pipeline.telemetry.watchdog import Watchdog

LOOK = 0.01
LONG = 0.1


class Held:
    """A lane with one record that never ends."""

    in_flight = 1

    def oldest(self) -> dict[tuple[str, int], int]:
        return {("a", 0): 7}


async def first_end(*, may_act: bool, stuck_seconds: float = LONG, limit: int = 0, block: bool = False) -> str | None:
    """Why the watchdog ended the worker; None where it had not after a good while."""
    said: list[str] = []
    ended = threading.Event()

    def end(why: str) -> None:
        said.append(why)
        ended.set()

    meters = [] if block or limit else [StageMeter("count", Counts(), Held())]
    watchdog = Watchdog(
        meters, end, lambda: may_act, stuck_seconds=stuck_seconds, memory_limit_bytes=limit, look_seconds=LOOK
    )
    watchdog.start()
    await asyncio.sleep(0)
    if block:
        ended.wait(10)
    else:
        await asyncio.to_thread(ended.wait, 10 if may_act else 5 * LONG)
    watchdog.stop()
    return said[0] if said else None


async def test_a_record_that_does_not_move_ends_the_worker() -> None:
    assert await first_end(may_act=True) == "count is stuck: a/0@7 has not moved for 0.1 s"


async def test_without_the_lease_nothing_is_judged() -> None:
    assert await first_end(may_act=False) is None


async def test_a_loop_that_does_not_turn_ends_the_worker() -> None:
    assert await first_end(may_act=True, block=True) == "the event loop has not turned for 0.1 s"


async def test_memory_above_its_limit_ends_the_worker() -> None:
    assert await first_end(may_act=True, stuck_seconds=60, limit=2**20) == "memory is above 1 MB"


async def test_a_broker_that_does_not_answer_ends_nothing() -> None:
    asked = threading.Event()

    def positions() -> dict[tuple[str, int], object]:
        asked.set()
        raise RuntimeError("no broker")

    said: list[str] = []
    watchdog = Watchdog([], said.append, lambda: True, stuck_seconds=60, positions=positions, look_seconds=LOOK)  # type: ignore[arg-type]
    watchdog.start()
    assert await asyncio.to_thread(asked.wait, 10)
    watchdog.stop()
    assert said == []
    assert watchdog.positions == {}


async def first_end_without_the_group(broker_answers: Callable[[], bool], held_again_after: int | None = None) -> str:
    """Why the watchdog ended a worker that has no lease; empty where it had not after a good while."""
    said: list[str] = []
    asked = itertools.count()
    ended = threading.Event()

    def may_act() -> bool:
        return held_again_after is not None and next(asked) >= held_again_after

    def end(why: str) -> None:
        said.append(why)
        ended.set()

    watchdog = Watchdog(
        [],
        end,
        may_act,
        stuck_seconds=60,
        lost_seconds=10 * LOOK,
        broker_answers=broker_answers,
        look_seconds=LOOK,
    )
    watchdog.start()
    await asyncio.to_thread(ended.wait, 50 * LOOK)
    watchdog.stop()
    return said[0] if said else ""


async def test_a_worker_that_its_group_does_not_take_back_is_ended_where_the_broker_answers() -> None:
    said = await first_end_without_the_group(lambda: True)
    assert said == "the group has not taken this worker back for 0.1 s, though the broker answers"


async def test_a_worker_waits_as_long_as_the_broker_is_gone() -> None:
    assert await first_end_without_the_group(lambda: False) == ""


async def test_a_broker_that_comes_and_goes_gives_the_worker_its_time_anew() -> None:
    answers = itertools.cycle([True] * 8 + [False])
    assert await first_end_without_the_group(lambda: next(answers)) == ""


async def test_a_worker_that_is_taken_back_goes_on() -> None:
    assert await first_end_without_the_group(lambda: True, held_again_after=5) == ""
