"""From raw bytes to a record that a stage may trust."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.delivery.decoded import DecodedOnce
from pipeline.delivery.headers import ORIGIN, REROUTED
from pipeline.delivery.record import NotNow, Record, Refused
from pipeline.delivery.stage import Source
from pipeline.telemetry.meter import Counts
from schemas import codec
from schemas.codec import DecodeError, Event, Origin, UndecidedError, WriterSchemas
from schemas.ids import can_name, learner_key

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.02
LONGEST_PAUSE = 1.0
SAY_EVERY_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One record as the broker gave it. See `Record` for the fields."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    appended_at: int
    headers: Sequence[tuple[str, bytes]] = field(default=())
    maybe_repeated: bool = False

    @property
    def size(self) -> int:
        """Bytes of key, value and headers."""
        return size_of(self.key, self.value, self.headers)


def size_of(key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes | None]]) -> int:
    """Bytes of a record. What its headers hold is held as long as the rest, and the broker takes them as large."""
    return len(key or b"") + len(value or b"") + sum(len(name) + len(held or b"") for name, held in headers)


class Misrouted(Exception):
    """The record does not lie in its learner's partition; `key` is the key that it should have."""

    def __init__(self, key: bytes) -> None:
        super().__init__(key)
        self.key = key


Check = Callable[[str, Event, int], None]


class Intake:
    """Decodes and checks records of `sources`.

    `check(schema name, event, appended_at)` raises `Refused` for what is well-formed and still not acceptable.
    `partition_of(key)` gives the partition that a learner's key belongs to. `decoded` is shared by the app's stages,
    and `now` is the broker's time, in seconds since 1970. `counts` hears of each wait.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        check: Check,
        partition_of: Callable[[bytes], int],
        registry: WriterSchemas | None = None,
        decoded: DecodedOnce | None = None,
        now: Callable[[], float] = time.time,
        counts: Counts | None = None,
    ) -> None:
        self._sources = {source.topic.name: source for source in sources}
        self._check = check
        self._partition_of = partition_of
        self._registry = registry
        self._decoded = decoded or DecodedOnce({})
        self._now = now
        self._counts = counts or Counts()
        self._silent_until = 0.0

    def source(self, topic: str) -> Source:
        """The stage's source that `topic` is."""
        return self._sources[topic]

    def is_tombstone(self, raw: RawRecord) -> bool:
        """Whether `raw` takes its key out of a compacted topic of ours: nothing to handle, and nothing bad."""
        topic = self._sources[raw.topic].topic
        return raw.value is None and topic.compacted and not topic.from_apps

    async def read(self, raw: RawRecord) -> Record:
        """The decoded record; its event is `{"payload": bytes}` where any bytes may come.

        Raises `Refused`, and `Misrouted` for an app's record in the wrong partition. Waits while the writer's schema
        is looked up, and for whoever knows it, if that is away.
        """
        pause = FIRST_PAUSE
        while True:
            try:
                return self._read(raw)
            except NotNow as later:
                if pause == LONGEST_PAUSE:
                    self._say(raw, later)
                # It waits, and is not stuck: to end the worker would bring the answer no sooner.
                self._counts.retries += 1
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    def _say(self, raw: RawRecord, later: NotNow) -> None:
        # A flood of such records would say the same thousands of times a second.
        now = time.monotonic()
        if now >= self._silent_until:
            self._silent_until = now + SAY_EVERY_SECONDS
            log.warning("%s/%d@%d waits, maybe others too: %s", raw.topic, raw.partition, raw.offset, later)

    def _read(self, raw: RawRecord) -> Record:
        source = self._sources[raw.topic]
        if not source.topic.event:
            return self._record(raw, {"payload": raw.value or b""})
        name = source.topic.event
        try:
            event = self._decoded.event(
                (raw.topic, raw.partition, raw.offset),
                raw.value,
                lambda: codec.decode(name, raw.value, self._registry, origin_of(raw)),
            )
        except UndecidedError as error:
            raise NotNow(str(error)) from error
        except DecodeError as error:
            raise Refused(error.reason, str(error)) from error
        try:
            self._check(name, event, raw.appended_at)
        except Refused as refused:
            # Its words are the learner's, whatever its key: who forgets the learner must find them.
            raise Refused(refused.reason, str(refused), key_of(event)) from refused
        if source.topic.from_apps:
            wanted = learner_key(event["tenant_id"], event["learner_id"])
            if raw.key != wanted or self._partition_of(wanted) != raw.partition:
                raise Misrouted(wanted)
        return self._record(raw, event)

    def _record(self, raw: RawRecord, event: Event) -> Record:
        return Record(
            raw.topic,
            raw.partition,
            raw.offset,
            raw.key or b"",
            event,
            raw.appended_at,
            dict(raw.headers),
            raw.maybe_repeated,
            max(0.0, self._now() - raw.appended_at / 1_000_000),
        )

    def identity(self, record: Record) -> str:
        """What makes the record the same one when it comes again."""
        identity: str = record.event[self._sources[record.topic].identity]
        return identity


def key_of(event: Event) -> bytes | None:
    """The key of the learner that an event names; `None` where it names nobody."""
    tenant, learner = event.get("tenant_id") or "", event.get("learner_id") or ""
    return learner_key(tenant, learner) if can_name(tenant) and can_name(learner) else None


def origin_of(raw: RawRecord) -> Origin:
    """Where the app put the record: moved to its learner's partition, or sent again as it was, it stays what it was."""
    headers = dict(raw.headers)
    place = headers.get(ORIGIN) or headers.get(REROUTED) or f"{raw.partition}/{raw.offset}".encode()
    return Origin(f"{raw.topic}/{place.decode('ascii', 'replace')}", raw.appended_at)


def header_map(
    headers: Sequence[tuple[str, bytes | None]] | Mapping[str, bytes | None] | None,
) -> Sequence[tuple[str, bytes]]:
    """Headers in the one form that is used here. Kafka lets a header be null: it is an empty one."""
    if not headers:
        return ()
    held = headers.items() if isinstance(headers, Mapping) else headers
    return tuple((name, value or b"") for name, value in held)
