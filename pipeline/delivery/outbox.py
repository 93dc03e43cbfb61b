"""Producing, in the one way that loses nothing: every record is awaited, and tried again while the lease holds."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from pipeline.delivery import headers
from pipeline.delivery.intake import RawRecord
from pipeline.delivery.ports import Headers, Lease, Producer
from pipeline.delivery.record import Emit, Record, Refused
from pipeline.telemetry.meter import Counts
from schemas import codec
from schemas.topics import BY_NAME

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
# Thousands of records may wait for the same broker.
SAY_EVERY_SECONDS = 30.0


class SendFailedError(Exception):
    """The producer gave a record up. `hopeless`: it will never be taken (too large, say)."""

    def __init__(self, message: str, *, hopeless: bool = False) -> None:
        super().__init__(message)
        self.hopeless = hopeless


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record, ready to be produced."""

    topic: str
    key: bytes | None
    value: bytes | None
    partition: int | None
    headers: Headers


Failed = tuple[Outgoing, SendFailedError]


async def forever() -> None:
    """Wait until cancelled: for work whose partition is no longer ours, which must not be acknowledged."""
    await asyncio.get_running_loop().create_future()


class Outbox:
    """Produces a stage's outputs and dead letters."""

    def __init__(self, stage: str, producer: Producer, lease: Lease, counts: Counts | None = None) -> None:
        self._stage = stage
        self._producer = producer
        self._lease = lease
        self._counts = counts or Counts()
        self._said = float("-inf")

    def outgoing(self, emit: Emit, cause: Record) -> Outgoing:
        """`emit` as a record. Raises `Refused` where it can't be one."""
        outgoing = self.keyed(emit, cause.headers)
        if emit.key is None:
            return replace(outgoing, key=cause.key, partition=cause.partition)
        return outgoing

    def keyed(self, emit: Emit, cause: Mapping[str, bytes]) -> Outgoing:
        """`emit`, which has a key of its own, as a record; `cause` are the headers of a record that led to it.

        Raises `Refused` where it does not fit its schema, or its headers can't be written.
        """
        try:
            value = codec.encode(emit.topic.event, emit.event)
            head = headers.cloud_event(emit.topic, emit.event, self._stage, cause)
        except codec.EncodeError as error:
            raise Refused("output", str(error)) from error
        except Exception as error:
            # Whatever an output trips over, one bad record must not stop the others.
            raise Refused("output", f"{emit.topic.name}: {type(error).__name__}: {error}") from error
        return Outgoing(emit.topic.name, emit.key, value, None, head)

    async def send(self, outgoing: Sequence[Outgoing]) -> None:
        """Produce and return once the broker has all of it.

        Never returns once the lease is over. Raises `Refused` for a record that no broker would take.
        """
        for _, error in await self.send_fit(outgoing):
            raise Refused("output", str(error))

    async def send_fit(self, outgoing: Sequence[Outgoing]) -> list[Failed]:
        """Produce and return once the broker has all that it would ever take; the others come back, each with why.

        Never returns once the lease is over.
        """
        pause = FIRST_PAUSE
        left = list(outgoing)
        hopeless: list[Failed] = []
        while left:
            if not await self._lease.held():
                await forever()
            failed = await self._attempt(left)
            hopeless += [each for each in failed if each[1].hopeless]
            again = [each for each in failed if not each[1].hopeless]
            self._counts.produced += len(left) - len(failed)
            left = [one for one, _ in again]
            if again:
                self._counts.retries += 1
                if pause == LONGEST_PAUSE:
                    self._say(left[0].topic, again[0][1])
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
        return hopeless

    def _say(self, topic: str, error: SendFailedError) -> None:
        now = time.monotonic()
        if now - self._said >= SAY_EVERY_SECONDS:
            self._said = now
            log.warning("%s can't write to %s: %s; trying again", self._stage, topic, error)

    async def _attempt(self, outgoing: Sequence[Outgoing]) -> list[Failed]:
        under_way = []
        failed: list[Failed] = []
        for one in outgoing:
            try:
                sent = await self._producer.send(one.topic, one.key, one.value, one.partition, one.headers)
                under_way.append((one, sent))
            except SendFailedError as error:
                failed.append((one, error))
        for one, sent in under_way:
            try:
                await sent.acknowledged()
            except SendFailedError as error:
                failed.append((one, error))
        return failed

    async def dead_letter(
        self, raw: RawRecord, reason: str, error: str, attempt: int, learner: bytes | None = None
    ) -> None:
        """Put `raw`, bytes untouched, among its topic's dead letters. What is one already stays where it is.

        The letter has the record's key, or the key `learner` where it is known whose the record is.
        Of a record that is too large for that, the letter says where it stands, with its size and hash.
        """
        if raw.topic not in BY_NAME:
            log.warning("%s/%d@%d stays where it is: %s", raw.topic, raw.partition, raw.offset, error)
            return
        dlq = BY_NAME[raw.topic].dlq
        head = partial(
            headers.dead_letter,
            topic=raw.topic,
            partition=raw.partition,
            offset=raw.offset,
            stage=self._stage,
            reason=reason,
            error=error,
            attempt=attempt,
        )
        key, own = raw.key, None
        if learner is not None and learner != raw.key:
            key, own = learner, raw.key or b""
        if not await self.send_fit([Outgoing(dlq, key, raw.value, None, head(raw.headers, own_key=own))]):
            return
        value = raw.value or b""
        log.warning("%s/%d@%d is too large to copy: %s", raw.topic, raw.partition, raw.offset, error)
        bare = Outgoing(dlq, key, b"", None, head(raw.headers, left_out=value, own_key=own))
        if not await self.send_fit([bare]):
            return
        # It is the key or the headers that are so large.
        await self.send([Outgoing(dlq, learner, b"", None, head((), left_out=value))])

    async def reroute(self, raw: RawRecord, key: bytes) -> None:
        """Produce an app's record again, bytes untouched, under the key that its learner has.

        Raises `Refused` for one that is too large for it, or that was moved already.
        """
        if any(name == headers.REROUTED for name, _ in raw.headers):
            raise Refused("key", f"the key is not {key.decode()}, even after it was set so", key)
        head = [*raw.headers, (headers.REROUTED, f"{raw.partition}/{raw.offset}".encode())]
        for _, error in await self.send_fit([Outgoing(raw.topic, key, raw.value, None, head)]):
            message = f"not in its learner's partition, and too large to be moved there: {error}"
            raise Refused("too_large", message, key) from error
