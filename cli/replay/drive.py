"""Sends recorded events, watches until all is answered or nothing moves any more, and gives the verdict."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cli.clickhouse import connected
from cli.observe import rows
from cli.observe.receipts import MICROS, Receipts, to_response
from cli.observe.refusals import Place, Refusals
from cli.replay.pace import Speed
from cli.replay.recorded import Recorded
from cli.replay.send import as_sent, send
from cli.replay.window import Window
from cli.verify import Evidence, Response, Verdict, check

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

    from config.settings import Settings

LOOK_EVERY_SECONDS = 0.05
COUNT_EVERY_SECONDS = 1.0
PROGRESS_EVERY_SECONDS = 2.0
# The pocket broker keeps about 5 MB a partition: what is sent must not run far ahead of what is read.
POCKET_ROOM = 1000

Progress = Callable[[str], None]


class Drive:
    """One replay against the stack that `settings` point at.

    It is over once every event is answered or refused, or once nothing has moved for `patience` seconds, in which
    case what is missing counts as lost. No more than `in_flight` messages wait for their answer at a time, fewer where
    answers are slow (see `Window`); 0 lets any number wait. `alive` is asked while waiting and may raise, so that a
    worker that has ended by itself does not have to be waited for.
    """

    def __init__(
        self,
        settings: "Settings",
        events: Sequence[Recorded],
        speed: Speed,
        *,
        patience: float,
        in_flight: int,
        progress: Progress = lambda _line: None,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._events = events
        self._speed = speed
        self._patience = patience
        self._waiting_for_room = False
        self._progress = progress
        self._alive = alive
        self._sent = [as_sent(recorded) for recorded in events]
        self._window = Window(in_flight) if in_flight and self._all_are_messages() else None
        self._sent_at: list[float] = []
        self._oldest = 0
        self._tenants = sorted({recorded.event["tenant_id"] for recorded in events})
        self._messages = {sent.id for sent in self._sent if sent.kind == "message"}
        self._attempts = {sent.id for sent in self._sent if sent.kind == "attempt"}
        self._places: dict[Place, str] = {}
        self._received: list[Response] = []
        self._answered: set[str] = set()
        self._rows = (0, 0)
        self._dead: frozenset[str] = frozenset()

    def run(self) -> Verdict:
        """Blocks until it is over. Raises `Failure` when a service does not answer."""
        if not self._events:
            return check(Evidence(()))
        topics = tuple(sorted({recorded.topic.name for recorded in self._events}))
        started = int(time.time() * MICROS)
        with (
            connected(self._settings) as client,
            Receipts(self._settings, self._tenants) as receipts,
        ):
            refusals = Refusals(self._settings, topics, self._places)
            sending = _InThread(self._send)
            try:
                self._watch(client, receipts, refusals, sending, started)
            finally:
                sending.give_up()
                refusals.close()
            return self._judge(client)

    def _all_are_messages(self) -> bool:
        return all(sent.kind == "message" for sent in self._sent)

    def _send(self, giving_up: threading.Event) -> None:
        pocket = self._settings.broker == "pocket"

        def room(number: int) -> bool:
            if giving_up.is_set():
                raise _GivenUp
            limits = [self._window.limit] if self._window is not None else []
            if pocket:
                limits.append(POCKET_ROOM)
            done = len(self._answered) + self._rows[1] + len(self._dead)
            self._waiting_for_room = bool(limits) and number - done >= min(limits)
            if not self._waiting_for_room:
                self._sent_at.append(time.monotonic())
            return not self._waiting_for_room

        send(self._settings, self._events, self._speed, self._places, room=room)
        self._waiting_for_room = False

    def _oldest_seconds(self, now: float) -> float:
        """How long the first unanswered message has waited."""
        while self._oldest < len(self._sent_at):
            id_ = self._sent[self._oldest].id
            if id_ not in self._answered and id_ not in self._dead:
                return now - self._sent_at[self._oldest]
            self._oldest += 1
        return 0.0

    def _watch(
        self, client: "Client", receipts: Receipts, refusals: Refusals, sending: "_InThread", started: int
    ) -> None:
        moved = said = counted = time.monotonic()
        before: object = None
        while True:
            answered = len(self._answered)
            for receipt in receipts.take():
                response = to_response(receipt, latency_after=started)
                if response is not None and response.message_id in self._messages:
                    self._received.append(response)
                    self._answered.add(response.message_id)
            now = time.monotonic()
            if self._window is not None:
                self._window.observe(now, len(self._answered) - answered, self._oldest_seconds(now))
            if now - counted >= COUNT_EVERY_SECONDS or self._all_seen():
                counted = now
                self._rows = rows.counts(client, self._tenants)
                self._dead = refusals.ids()
                self._alive()
            sent = sending.finished()
            if sent and self._all_seen() and self._found(client) and receipts.caught_up() and not receipts.pending():
                return
            state = (len(self._received), self._rows, len(self._dead), sent)
            # An event that is not due yet is not waited for in vain; one that there is no room for may be.
            if state != before or not (sent or self._waiting_for_room):
                before, moved = state, now
            if now - moved > self._patience:
                return
            if now - said >= PROGRESS_EVERY_SECONDS:
                said = now
                self._progress(self._line())
            time.sleep(LOOK_EVERY_SECONDS)

    def _all_seen(self) -> bool:
        """By the cheap counts, nothing is missing: worth asking the views for each id."""
        refused = len(self._dead)
        return (
            len(self._answered) + refused >= len(self._messages)
            and self._rows[0] + refused >= len(self._messages)
            and self._rows[1] + refused >= len(self._attempts)
        )

    def _found(self, client: "Client") -> bool:
        stored = {row.message_id for row in rows.responses(client, self._tenants)} if self._messages else set()
        missing = self._messages - (stored & self._answered) - self._dead
        if missing:
            return False
        return not self._attempts or not (self._attempts - set(rows.attempts(client, self._tenants)) - self._dead)

    def _judge(self, client: "Client") -> Verdict:
        return check(
            Evidence(
                sent=self._sent,
                received=self._received,
                rows=rows.responses(client, self._tenants) if self._messages else (),
                attempt_rows=rows.attempts(client, self._tenants),
                dead_letters=self._dead,
            )
        )

    def _line(self) -> str:
        done = []
        if self._messages:
            done.append(f"{len(self._answered)} of {len(self._messages)} messages answered")
        if self._attempts:
            done.append(f"{min(self._rows[1], len(self._attempts))} of {len(self._attempts)} attempts in ClickHouse")
        return ", ".join(done)


class _GivenUp(Exception):
    """Ends the sending thread from within."""


class _InThread:
    """The sending, beside the watching."""

    def __init__(self, work: Callable[[threading.Event], None]) -> None:
        self._giving_up = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(work,), name="sending", daemon=True)
        self._thread.start()

    def _run(self, work: Callable[[threading.Event], None]) -> None:
        try:
            work(self._giving_up)
        except _GivenUp:
            pass
        except BaseException as error:
            self._error = error

    def finished(self) -> bool:
        """Whether all is sent. Raises what the sending raised."""
        if self._thread.is_alive():
            return False
        self._thread.join()
        if self._error is not None:
            raise self._error
        return True

    def give_up(self) -> None:
        """Tell it that nobody watches any more."""
        self._giving_up.set()
