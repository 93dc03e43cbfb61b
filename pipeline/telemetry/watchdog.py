"""Ends a worker that is stuck or too large, so that its supervisor starts another: what is not acknowledged is read
again."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from pipeline.telemetry.lag import Position
from pipeline.telemetry.memory import resident_bytes
from pipeline.telemetry.meter import StageMeter

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
POSITIONS_SECONDS = 15.0

Positions = Mapping[tuple[str, int], Position]


class Watchdog:
    """Looks at the meters from the event loop, and at the event loop from a thread of its own.

    A stage that never gives the loop back stops everything that runs in it, a watchdog there included: the thread
    sees that the loop's looks have stopped. `end(why)` must end the process at once and is called from either.
    While `may_act` is false (no lease) no stage is judged: it waits for the group, as it should. Where that lasts for
    `lost_seconds` although `broker_answers()`, the worker does not find back to its group by itself.
    `broker_answers()` and `positions()`, which asks how far the group is, are called in the thread.
    """

    def __init__(
        self,
        meters: Sequence[StageMeter],
        end: Callable[[str], None],
        may_act: Callable[[], bool],
        *,
        stuck_seconds: float,
        memory_limit_bytes: int = 0,
        lost_seconds: float = float("inf"),
        broker_answers: Callable[[], bool] = lambda: True,
        positions: Callable[[], Positions] | None = None,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._meters = meters
        self._end = end
        self._may_act = may_act
        self._stuck_seconds = stuck_seconds
        self._memory_limit = memory_limit_bytes
        self._lost_seconds = lost_seconds
        self._broker_answers = broker_answers
        self._ask = positions
        self._look_seconds = look_seconds
        self._looked = time.monotonic()
        self._stop = threading.Event()
        self._task: asyncio.Task[None] | None = None
        self._thread: threading.Thread | None = None
        self.positions: Positions = {}

    def why_stuck(self) -> str | None:
        """Why this worker should be ended, or None."""
        for meter in self._meters:
            record = meter.stuck(self._stuck_seconds)
            if record is not None:
                return f"{meter.name} is stuck: {record} has not moved for {self._stuck_seconds:g} s"
        if self._memory_limit and resident_bytes() > self._memory_limit:
            return f"memory is above {self._memory_limit // 2**20} MB"
        return None

    def start(self) -> None:
        """Begin to look; called in the event loop, once or more."""
        if self._task is not None:
            return
        self._looked = time.monotonic()
        self._task = asyncio.get_running_loop().create_task(self._watch())
        self._thread = threading.Thread(target=self._watch_loop, name="watchdog", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more: from here on the worker ends in order, with deadlines of its own."""
        self._stop.set()
        if self._task is not None:
            self._task.cancel()

    async def _watch(self) -> None:
        while True:
            self._looked = time.monotonic()
            for meter in self._meters:
                if self._may_act():
                    meter.look()
                else:
                    meter.forget()
            why = self.why_stuck()
            if why is not None:
                self._end(why)
            await asyncio.sleep(self._look_seconds)

    def _watch_loop(self) -> None:
        asked = float("-inf")
        waited = 0.0
        while not self._stop.wait(self._look_seconds):
            now = time.monotonic()
            if now - self._looked >= self._stuck_seconds:
                self._end(f"the event loop has not turned for {self._stuck_seconds:g} s")
            # Looks are counted, not time: a process that was stopped meanwhile has not been waiting.
            waited = 0.0 if self._may_act() or not self._broker_answers() else waited + self._look_seconds
            if waited >= self._lost_seconds:
                lost = f"{self._lost_seconds:g} s"
                self._end(f"the group has not taken this worker back for {lost}, though the broker answers")
            if self._ask is not None and now - asked >= POSITIONS_SECONDS:
                asked = now
                try:
                    self.positions = self._ask()
                except Exception as error:
                    log.warning("the broker did not say how far the group is: %s", error)
