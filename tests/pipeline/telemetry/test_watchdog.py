"""What the watchdog ends a worker for, and what it leaves alone."""

import asyncio
import threading

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
