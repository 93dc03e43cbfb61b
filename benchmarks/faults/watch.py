"""One run under fault: send, watch what comes back, and judge it when all is in or nothing comes any more."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from clickhouse_connect.driver.exceptions import ClickHouseError

from benchmarks.faults.rig import Rig
from cli.clickhouse import connected
from cli.exits import Failure
from cli.observe import rows
from cli.observe.receipts import MICROS, Receipts, to_response
from cli.replay.pace import Speed
from cli.replay.recorded import Recorded
from cli.replay.send import as_sent, send
from cli.verify import Evidence, Response, Verdict, check
from schemas import announced

LOOK_EVERY_SECONDS = 0.1
COUNT_EVERY_SECONDS = 2.0
# No more messages than this wait for an answer at once, so that on a slow machine none waits for its deadline.
MOST_WAITING = 250
MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run came to. Times are seconds, memory is bytes; `waits_ms` is by message, from append to receipt.

    `wrong` are lines for whoever looks for the cause, where something was lost, repeated or disordered.
    """

    verdict: Verdict
    raw_duplicates: int
    provider_calls: int
    provider_calls_repeated: int
    longest_silence_s: float
    worker_bytes_peak: int
    seconds: float
    waits_ms: Mapping[str, float]
    error: str | None = None
    wrong: tuple[str, ...] = ()


class Underway(Protocol):
    """Traffic that flows while a fault is injected beside it."""

    @property
    def rig(self) -> Rig:
        """What serves it."""
        ...

    @property
    def of_another_version(self) -> int:
        """Responses so far that a version of the program with other schemas than ours wrote."""
        ...

    def until(self, share: float) -> None:
        """Wait until so much of it has passed, or it is over."""
        ...

    def in_flight(self, calls: int) -> None:
        """Wait until so many provider calls are under way, or it is over."""
        ...


class Run:
    """Sends `events` and watches; `interfere(run)` injects the fault beside it and may wait `until` a share is in."""

    def __init__(
        self,
        rig: Rig,
        events: Sequence[Recorded],
        interfere: "Callable[[Run], None]",
        *,
        rate: float | None,
        patience: float,
        most_waiting: int | None = MOST_WAITING,
        say: Callable[[str], None] = lambda _line: None,
    ) -> None:
        self.rig = rig
        self._events = events
        self._interfere = interfere
        self._rate = rate
        self._patience = patience
        self._most_waiting = most_waiting
        self._say = say
        self._wanted = {as_sent(recorded).id for recorded in events}
        self._tenants = sorted({recorded.event["tenant_id"] for recorded in events})
        self._received: list[Response] = []
        self._answered: set[str] = set()
        self._over = threading.Event()
        self._paused = threading.Event()
        self._receipts: Receipts | None = None
        self._already = 0
        self._peak = 0
        self._ours = frozenset(announced.ours())
        self._of_another_version = 0

    @property
    def over(self) -> bool:
        """Whether all has been sent and answered, or nothing comes any more."""
        return self._over.is_set()

    @property
    def of_another_version(self) -> int:
        """See `Underway`."""
        return self._of_another_version

    def pause(self) -> None:
        """Let the apps hold back what they have to send."""
        self._paused.set()

    def resume(self) -> None:
        """Let them go on."""
        self._paused.clear()

    def widen(self) -> None:
        """Receive from partitions that were made meanwhile, as a consumer does that was restarted."""
        if self._receipts is not None:
            self._receipts.widen()

    def until(self, share: float) -> None:
        """Wait until `share` of the messages have an answer, or the run is over."""
        while len(self._answered) < share * len(self._wanted) and not self._over.is_set():
            time.sleep(LOOK_EVERY_SECONDS)

    def in_flight(self, calls: int) -> None:
        """Wait until so many provider calls are under way, or the run is over."""
        while self.rig.stack.provider.stats(by_message=False)["in_flight"] < calls and not self._over.is_set():
            time.sleep(LOOK_EVERY_SECONDS)

    def go(self) -> Figures:
        """Blocks until it is over."""
        began = time.monotonic()
        failures: list[str] = []
        started = int(time.time() * MICROS)
        self._already = self._stored((0, 0))[0]
        with Receipts(self.rig.settings, self._tenants) as receipts:
            self._receipts = receipts
            threads = [
                _guarded(self._send, failures),
                _guarded(lambda: self._interfere(self), failures),
                _guarded(self._weigh, failures),
            ]
            silence = self._watch(receipts, started, threads[:2])
            self._over.set()
            for thread in threads:
                thread.join()
        verdict, wrong = self._judge()
        calls = self.rig.stack.provider.stats()
        by_message = Counter(calls["by_message"])
        return Figures(
            verdict=verdict,
            raw_duplicates=len(self._received) - len({r.response_id for r in self._received}),
            provider_calls=calls["calls"],
            provider_calls_repeated=sum(count - 1 for count in by_message.values()),
            longest_silence_s=round(silence, 1),
            worker_bytes_peak=self._peak,
            seconds=round(time.monotonic() - began, 1),
            waits_ms=self._waits(),
            error=failures[0] if failures else None,
            wrong=wrong,
        )

    def _send(self) -> None:
        def room(number: int) -> bool:
            if self._over.is_set():
                raise Failure(1, "the run is over")
            if self._paused.is_set():
                return False
            if self._most_waiting is None:
                return True
            return number - len(self._answered) * len(self._events) / len(self._wanted) < self._most_waiting

        send(self.rig.settings, self._events, Speed(rate=self._rate), {}, room=room)

    def _weigh(self) -> None:
        while not self._over.wait(0.5):
            self._peak = max(self._peak, self.rig.worker_bytes())

    def _watch(self, receipts: Receipts, started: int, working: Sequence[threading.Thread]) -> float:
        """The longest time in which no answer came while some were due, seconds."""
        last = moved = counted = time.monotonic()
        stored = (-1, -1)
        already = self._already
        silence = 0.0
        while True:
            for receipt in receipts.take():
                response = to_response(receipt, latency_after=started)
                if response is not None and response.message_id in self._wanted:
                    if response.message_id not in self._answered:
                        now = time.monotonic()
                        silence, last = max(silence, now - last), now
                    self._received.append(response)
                    self._of_another_version += receipt.value[2:10] not in self._ours
                    self._answered.add(response.message_id)
                    moved = time.monotonic()
            now = time.monotonic()
            if now - counted >= COUNT_EVERY_SECONDS:
                counted = now
                before, stored = stored, self._stored(stored)
                moved = now if stored != before else moved
                self._say(
                    f"{len(self._answered)} of {len(self._wanted)} answered, {max(stored[0] - already, 0)} stored"
                )
            busy = any(thread.is_alive() for thread in working)
            if not busy and len(self._answered) == len(self._wanted) and stored[0] - already >= len(self._wanted):
                return silence
            if now - moved > self._patience:
                return max(silence, now - last)
            time.sleep(LOOK_EVERY_SECONDS)

    def _waits(self) -> dict[str, float]:
        waits: dict[str, float] = {}
        for response in self._received:
            if response.waited_ms is not None:
                waits.setdefault(response.message_id, response.waited_ms)
        return waits

    def _stored(self, otherwise: tuple[int, int]) -> tuple[int, int]:
        try:
            with connected(self.rig.settings) as client:
                return rows.counts(client, self._tenants)
        except (Failure, ClickHouseError, OSError):
            return otherwise

    def _judge(self) -> tuple[Verdict, tuple[str, ...]]:
        with connected(self.rig.settings) as client:
            evidence = Evidence(
                sent=[as_sent(recorded) for recorded in self._events],
                received=self._received,
                rows=rows.responses(client, self._tenants),
            )
        verdict = check(evidence)
        return verdict, what_was_seen(evidence, verdict)


def what_was_seen(evidence: Evidence, verdict: Verdict) -> tuple[str, ...]:
    """All that was seen of the first messages that are not as they should be."""
    lines = []
    for wrong in [*verdict.duplicated, *verdict.out_of_order, *verdict.lost][:MOST_SHOWN]:
        id_ = wrong.rsplit(" ", 1)[-1]
        lines.append(f"  wrong: {wrong}")
        for where, seen in (("received", evidence.received), ("row", evidence.rows)):
            lines += [f"    {where}: {one}" for one in seen if id_ in (one.message_id, one.response_id)]
    return tuple(lines)


def _guarded(work: Callable[[], None], failures: list[str]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        except Exception as error:
            failures.append(f"{type(error).__name__}: {error}")

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread
