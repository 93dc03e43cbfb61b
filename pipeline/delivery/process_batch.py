"""A batch of records of a batch stage, from raw bytes to done."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

from pipeline.delivery import seen
from pipeline.delivery.intake import Intake, Misrouted, RawRecord
from pipeline.delivery.outbox import Outbox, SendFailedError, forever
from pipeline.delivery.ports import Lease, States
from pipeline.delivery.process_keyed import FIRST_PAUSE, LONGEST_PAUSE, Counted
from pipeline.delivery.record import Emit, NotNow, Record, Refused
from pipeline.delivery.stage import BatchOutcome, BatchStage
from pipeline.telemetry.meter import Counts
from pipeline.telemetry.tracing import Tracer

log = logging.getLogger(__name__)

RING = b"seen\0"
ATTEMPTS = 3
"""At a record on which the stage fails by itself."""


class NoStates:
    """The table of a stage that has none."""

    def get(self, partition: int, key: bytes) -> bytes | None:
        """Nothing is stored."""
        return None


class BatchProcessor:
    """Calls a batch stage for records in the order read. Returning means that all of them are done.

    The ids of a key's last inputs go with its state: where the outcome deletes the one, the other is deleted too.
    `partitions()` gives the partitions assigned, for the stage's tick.
    """

    def __init__(
        self,
        stage: BatchStage,
        intake: Intake,
        outbox: Outbox,
        states: States | None,
        lease: Lease,
        counted: Counted,
        partitions: Callable[[], Sequence[int]],
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
        self._partitions = partitions
        self._remembered_ids = remembered_ids
        self._counts = counts or Counts()
        self._tracer = tracer

    async def __call__(self, raws: Sequence[RawRecord]) -> None:
        """See the class; a tick where there are none. Raises only what should end the process."""
        if not raws:
            await self._tick()
            return
        records = []
        rings: dict[tuple[int, bytes], bytes] = {}
        origins: dict[int, RawRecord] = {}
        for raw in raws:
            record = await self._read(raw)
            if record is not None and self._is_new(record, rings):
                records.append(record)
                origins[id(record)] = raw
        if not records:
            return
        if self._tracer is None:
            await self._settle(records, rings, origins)
        else:
            await self._followed(self._tracer, records, rings, origins)

    async def _followed(
        self,
        tracer: Tracer,
        records: list[Record],
        rings: dict[tuple[int, bytes], bytes],
        origins: dict[int, RawRecord],
    ) -> None:
        spans = [span for record in records if (span := tracer.begin(self._stage.name, record)) is not None]
        failed = True
        try:
            await self._settle(records, rings, origins)
            failed = False
        finally:
            for span in spans:
                span.end(failed=failed)

    async def _read(self, raw: RawRecord) -> Record | None:
        if self._intake.is_tombstone(raw):
            self._counted(raw.topic, False)
            return None
        try:
            record = await self._intake.read(raw)
        except Misrouted as misrouted:
            await self._reroute(raw, misrouted.key)
            return None
        except Refused as refused:
            await self._refuse(raw, refused.reason, str(refused), learner=refused.key)
            return None
        self._counted(raw.topic, False)
        return record

    def _is_new(self, record: Record, rings: dict[tuple[int, bytes], bytes]) -> bool:
        if not self._stage.remember or self._states is None or not self._intake.source(record.topic).remembered:
            return True
        at = (record.partition, RING + record.key)
        ring = rings.get(at)
        if ring is None:
            ring, _ = seen.unpack(self._states.get(*at))
        mark = seen.digest(record.topic, self._intake.identity(record))
        if seen.contains(ring, mark):
            return False
        rings[at] = seen.add(ring, mark, self._remembered_ids)
        return True

    async def _tick(self) -> None:
        if self._stage.tick is None:
            return
        partitions = self._partitions()
        try:
            outcome = await self._stage.tick(partitions, self._states or NoStates())
        except NotNow as later:
            log.info("%s: %s", self._stage.name, later)
            return
        except Exception as error:
            # No record is at fault, and none is held up: what the tick was to do is left to the next one.
            log.error("%s failed at a tick; trying again at the next", self._stage.name, exc_info=error)
            self._counts.retries += 1
            return
        await self._carry_out(outcome, {}, {})

    async def _settle(
        self, records: list[Record], rings: dict[tuple[int, bytes], bytes], origins: dict[int, RawRecord]
    ) -> None:
        """Work on the batch to its end. Where the stage fails on it, in halves, until what it fails on stands alone."""
        kept: dict[tuple[int, bytes], bytes | None] = {**rings}
        left = [records]
        attempt, pause = 1, FIRST_PAUSE
        while left:
            part = left.pop(0)
            try:
                outcome = await self._handled(part)
            except Exception as error:
                # Whatever a stage trips over, its record must neither vanish nor stop the others.
                where = f"{len(part)} records from {part[0].topic}/{part[0].partition}@{part[0].offset} on"
                log.warning("%s failed on %s: %s: %s", self._stage.name, where, type(error).__name__, error)
                log.debug("%s failed on %s", self._stage.name, where, exc_info=error)
                if len(part) > 1:
                    half = len(part) // 2
                    left[:0] = [part[:half], part[half:]]
                    continue
                if attempt < ATTEMPTS:
                    attempt, pause = attempt + 1, await self._pause(pause)
                    left.insert(0, part)
                    continue
                outcome = BatchOutcome(refused=[(part[0], "failed", f"{type(error).__name__}: {error}")])
            for record, reason, said in outcome.refused:
                await self._refuse(origins[id(record)], reason, said, attempt, force=True)
                at = (record.partition, RING + record.key)
                if ring := kept.get(at):
                    # Mended and sent again, it is new.
                    kept[at] = seen.remove(ring, seen.digest(record.topic, self._intake.identity(record)))
            attempt, pause = 1, FIRST_PAUSE
            for partition, key in (at for at, value in outcome.states.items() if value is None):
                if (partition, RING + key) in kept:
                    kept[partition, RING + key] = None
            # The ids go last of all: a crash before them leads to the same records again, which the states themselves
            # must recognise (by the offsets they have taken in).
            await self._carry_out(outcome, {} if left else kept, records[-1].headers)

    async def _carry_out(
        self, outcome: BatchOutcome, rings: Mapping[tuple[int, bytes], bytes | None], cause: Mapping[str, bytes]
    ) -> None:
        await self._produce(outcome.emits, cause)
        if self._states is None:
            return
        if not await self._lease.held():
            await forever()
        changes: dict[int, list[tuple[bytes, bytes | None]]] = {}
        for (partition, key), value in outcome.states.items():
            changes.setdefault(partition, []).append((key, value))
        for (partition, key), ring in rings.items():
            changes.setdefault(partition, []).append((key, None if ring is None else seen.pack(ring, b"")))
        for partition, values in changes.items():
            try:
                await self._states.put(partition, values)
            except SendFailedError as error:
                # Like an output, it is no one record's.
                log.error("%s leaves out a state of partition %d: %s", self._stage.name, partition, error)

    async def _produce(self, emits: Sequence[Emit], cause: Mapping[str, bytes]) -> None:
        """Produce all that can be produced. An output of a batch is no one record's: a bad one is said and left out."""
        outputs = []
        for emit in emits:
            try:
                outputs.append(self._outbox.keyed(emit, cause))
            except Refused as refused:
                log.error("%s leaves out an output for %s: %s", self._stage.name, emit.topic.name, refused)
        for unfit, error in await self._outbox.send_fit(outputs):
            log.error("%s leaves out an output for %s: %s", self._stage.name, unfit.topic, error)

    async def _handled(self, records: Sequence[Record]) -> BatchOutcome:
        pause = FIRST_PAUSE
        while True:
            try:
                return await self._stage.handle(records, self._states or NoStates())
            except NotNow as later:
                log.warning("%s: %s; trying again in %.1f s", self._stage.name, later, pause)
            pause = await self._pause(pause)

    async def _pause(self, seconds: float) -> float:
        """Wait before another try; how long to wait before the one after it."""
        self._counts.retries += 1
        await asyncio.sleep(seconds)
        if not await self._lease.held():
            await forever()
        return min(seconds * 2, LONGEST_PAUSE)

    async def _reroute(self, raw: RawRecord, key: bytes) -> None:
        if not self._intake.source(raw.topic).owner:
            return
        try:
            await self._outbox.reroute(raw, key)
        except Refused as refused:
            await self._refuse(raw, refused.reason, str(refused), learner=refused.key)

    async def _refuse(
        self,
        raw: RawRecord,
        reason: str,
        error: str,
        attempt: int = 1,
        learner: bytes | None = None,
        *,
        force: bool = False,
    ) -> None:
        if force or self._intake.source(raw.topic).owner:
            self._counted(raw.topic, True)
            await self._outbox.dead_letter(raw, reason, error, attempt, learner)
