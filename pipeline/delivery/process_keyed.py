"""One record of a keyed stage, from raw bytes to done."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from pipeline.delivery import seen
from pipeline.delivery.intake import Intake, Misrouted, RawRecord
from pipeline.delivery.outbox import Outbox, SendFailedError, forever
from pipeline.delivery.ports import Lease, States
from pipeline.delivery.record import Emit, NotNow, Outcome, Record, Refused
from pipeline.delivery.stage import KeyedStage
from pipeline.telemetry.meter import Counts
from pipeline.telemetry.tracing import Call, Span, Tracer
from schemas.codec import UndecidedError

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0

AWAY = (NotNow, UndecidedError)
"""Worth trying again for as long as it takes. What a stage has stored may be an event of another version's."""

Counted = Callable[[str, bool], None]


def row_key(key: bytes, name: bytes) -> bytes:
    """What row `name` beside the state of `key` is stored under; learners' keys hold no control characters."""
    return key + b"\0" + name


def owner_of(stored: bytes) -> bytes:
    """The key whose state or row is stored under `stored`."""
    return stored.partition(b"\0")[0]


class KeyedProcessor:
    """Calls a keyed stage for one record: decode, pass over duplicates, handle, produce, store.

    Returning means that the record is done and may be acknowledged: its outputs and its state's changelog are with
    the broker, or it is a dead letter. `counted(topic, refused)` hears of every record that is done or refused here,
    and may end the process; what a reader passes over since another stage owns the topic does not count.
    """

    def __init__(
        self,
        stage: KeyedStage,
        intake: Intake,
        outbox: Outbox,
        states: States | None,
        lease: Lease,
        counted: Counted,
        *,
        remembered_ids: int,
        counts: Counts | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        self._stage = stage
        self._intake = intake
        self._outbox = outbox
        self._states = states
        self._lease = lease
        self._counted = counted
        self._remembered_ids = remembered_ids
        self._counts = counts or Counts()
        self._tracer = tracer

    async def __call__(self, raw: RawRecord) -> bool:
        """See the class. Whether what the stage made of it stands: a dead letter that is sent again is handled as new.

        Raises only what should end the process: a table that can't be written, a bug in here.
        """
        if self._intake.is_tombstone(raw):
            self._counted(raw.topic, False)
            return True
        try:
            record = await self._intake.read(raw)
        except Misrouted as misrouted:
            await self._reroute(raw, misrouted.key)
            return False
        except Refused as refused:
            await self._refuse(raw, refused.reason, str(refused), 1, refused.key)
            return False
        try:
            span = self._tracer.begin(self._stage.name, record) if self._tracer is not None else None
            if span is None:
                await self._take(record)
            else:
                await self._followed(record, span)
        except _GivenUp as given_up:
            await self._refuse(raw, given_up.reason, str(given_up), given_up.attempt, force=True)
            return self._is_stored(record)
        except Refused as refused:
            await self._refuse(raw, refused.reason, str(refused), 1, refused.key, force=True)
            return self._is_stored(record)
        self._counted(raw.topic, False)
        return True

    def _is_stored(self, record: Record) -> bool:
        """Whether the record's id is with its key's state: where that was written ahead of an output that failed."""
        if self._states is None:
            return False
        ring, _ = seen.unpack(self._states.get(record.partition, record.key))
        return seen.contains(ring, seen.digest(record.topic, self._intake.identity(record)))

    async def _followed(self, record: Record, span: Span) -> None:
        failed = True
        try:
            await self._take(replace(record, headers=span.headers), span)
            failed = False
        finally:
            span.end(failed=failed)

    async def _take(self, record: Record, span: Span | None = None) -> None:
        ring, state, mark = b"", None, b""
        if self._states is not None:
            record = replace(record, rows=partial(self._row, record.partition, record.key))
            ring, state = seen.unpack(self._states.get(record.partition, record.key))
            mark = seen.digest(record.topic, self._intake.identity(record))
            if seen.contains(ring, mark):
                again = await self._replayed(record, state)
                if again is not None:
                    await self._outbox.send([self._outbox.outgoing(emit, record) for emit in again])
                    return
        outcome = await self._handled(record, state)
        if span is not None:
            span.note("handled", self._calls(outcome))
        outputs = [self._outbox.outgoing(emit, record) for emit in outcome.emits]
        if not self._stage.write_ahead:
            await self._outbox.send(outputs)
            if span is not None and outputs:
                span.note("produced")
        unstored = await self._store(record, state, seen.add(ring, mark, self._remembered_ids), outcome)
        if span is not None and self._states is not None:
            span.note("stored")
        if self._stage.write_ahead:
            await self._outbox.send(outputs)
            if span is not None and outputs:
                span.note("produced")
        if unstored is not None:
            # Its outputs are out: the learner has an answer, whatever is the matter with the state.
            raise Refused("state", f"{self._stage.name} can't store what it was to keep: {unstored}") from unstored

    async def _store(
        self, record: Record, state: bytes | None, ring: bytes, outcome: Outcome
    ) -> SendFailedError | None:
        """Store what came of a record; why that can't be, where the key's state has become too large for the broker."""
        if self._states is None:
            return None
        # A lease that ended while the stage worked must not overwrite what the new owner stores.
        if not await self._lease.held():
            await forever()
        kept = outcome.state if outcome.state is not None else state
        # In this order, a state without a row that it speaks of takes a crash while a row is tried again.
        changes = [(row_key(record.key, name), stored) for name, stored in outcome.rows.items()]
        try:
            if self._stage.rows_first and changes:
                await self._states.put(record.partition, changes)
                changes = []
            changes.append((record.key, None if outcome.forget else seen.pack(ring, kept or b"")))
            await self._states.put(record.partition, changes)
        except SendFailedError as error:
            return error
        return None

    def _calls(self, outcome: Outcome) -> list[Call]:
        told = self._stage.calls
        return [call for emit in outcome.emits for call in told(emit.event)] if told is not None else []

    def _row(self, partition: int, key: bytes, name: bytes) -> bytes | None:
        return self._states.get(partition, row_key(key, name)) if self._states is not None else None

    async def _replayed(self, record: Record, state: bytes | None) -> Sequence[Emit] | None:
        if self._stage.replay is None or state is None:
            return ()
        pause = FIRST_PAUSE
        while True:
            try:
                return self._stage.replay(record, state)
            except AWAY as later:
                log.warning("%s: %s; trying again in %.1f s", self._stage.name, later, pause)
            pause = await self._pause(pause)

    async def _pause(self, seconds: float) -> float:
        """Wait before another try; how long to wait before the one after it."""
        self._counts.retries += 1
        await asyncio.sleep(seconds)
        return min(2 * seconds, LONGEST_PAUSE)

    async def _handled(self, record: Record, state: bytes | None) -> Outcome:
        attempt, pause = 1, FIRST_PAUSE
        while True:
            try:
                async with asyncio.timeout(self._stage.timeout):
                    return await self._stage.handle(record, state)
            except Refused as refused:
                raise _GivenUp(refused.reason, str(refused), attempt) from refused
            except AWAY as later:
                log.warning("%s: %s; trying again in %.1f s", self._stage.name, later, pause)
            except TimeoutError as error:
                message = f"{self._stage.name} did not finish within {self._stage.timeout:g} s"
                raise _GivenUp("timeout", message, attempt) from error
            except Exception as error:
                # Whatever a stage trips over, its record must neither vanish nor stop the others.
                where = f"{record.topic}/{record.partition}@{record.offset}"
                log.warning("%s failed on %s: %s: %s", self._stage.name, where, type(error).__name__, error)
                log.debug("%s failed on %s", self._stage.name, where, exc_info=error)
                if attempt >= self._stage.attempts:
                    raise _GivenUp("failed", f"{type(error).__name__}: {error}", attempt) from error
                attempt += 1
            pause = await self._pause(pause)

    async def _refuse(
        self,
        raw: RawRecord,
        reason: str,
        error: str,
        attempt: int,
        learner: bytes | None = None,
        *,
        force: bool = False,
    ) -> None:
        # With `force` it is this stage's own failure, which the topic's owner knows nothing of.
        if force or self._intake.source(raw.topic).owner:
            self._counted(raw.topic, True)
            await self._outbox.dead_letter(raw, reason, error, attempt, learner)

    async def _reroute(self, raw: RawRecord, key: bytes) -> None:
        if not self._intake.source(raw.topic).owner:
            return
        try:
            await self._outbox.reroute(raw, key)
        except Refused as refused:
            await self._refuse(raw, refused.reason, str(refused), 1, refused.key)


class _GivenUp(Exception):
    def __init__(self, reason: str, message: str, attempt: int) -> None:
        super().__init__(message)
        self.reason = reason
        self.attempt = attempt
