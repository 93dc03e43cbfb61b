"""What an agent says about itself: where its records come from and what it does with each."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pipeline.delivery.record import Emit, Outcome, Record
from pipeline.telemetry.tracing import Call
from schemas.codec import Event
from schemas.topics import Topic


@dataclass(frozen=True, slots=True)
class Source:
    """A topic that a stage reads. `identity` is the field that makes a record the same one when it comes again.

    The `owner` of a topic dead-letters what is bad in it; other readers pass over such records, and dead-letter only
    what they fail on themselves. A batch stage keeps no ids of a topic that is not `remembered`: where a record that
    comes twice does no harm, others stay known for longer.
    """

    topic: Topic
    identity: str = "event_id"
    owner: bool = False
    remembered: bool = True


class SharedSums(Protocol):
    """What a stage learns from all learners: sums for each source partition, which travel on `masterx.shared`.

    `handle` of a partition's records is called after `take` has had all that was published, for that partition.
    """

    def take(self, event: Event, partitions: Collection[int]) -> None:
        """A SharedStatistics event of any kind and partition, for the sums that `partitions` of this worker read.

        It replaces what its source had published before; for the source itself it is where the sums go on from.
        """
        ...

    def done(self, partition: int, topic: str, offset: int) -> None:
        """The record counts from now on: what it taught may be published."""
        ...

    def refused(self, partition: int, topic: str, offset: int) -> None:
        """The record became a dead letter and nothing of it was stored: mended and sent again, it teaches as new."""
        ...

    def changed(self, partition: int) -> bool:
        """Whether records were done since the partition's sums were published last."""
        ...

    def published(self, partition: int, now: int) -> Sequence[Event]:
        """The partition's sums as SharedStatistics events, without those of records that are not done."""
        ...

    def revoked(self) -> None:
        """Every partition was given back: forget their sums."""
        ...


@dataclass(frozen=True, slots=True)
class KeyedStage:
    """Records one at a time per key, different keys side by side.

    `handle(record, state)` gives the outcome; `state` is what it stored for the key last. It may raise `Refused`
    (dead letter, never again), and `NotNow` or `UndecidedError` (again after a pause), as `replay` may; what else it
    raises is a dead letter too, after `attempts` tries. It must return within `timeout` seconds, else the record is
    dead-lettered. So is one whose state or rows are too large for the broker: its outputs are out then, and the state
    stays what it was.

    A record that was handled before (one of the key's last ids) is passed over, or, where `replay` is given,
    answered with what `replay(record, state)` gives back; `None` says that what it gave was not stored after all, and
    the record is handled as if it were new.

    With `write_ahead` the state is written before the outputs: for stages whose outputs can't be made again (a
    provider's reply), so that a crash between the two re-emits what was stored. With `rows_first` the rows beside a
    state are stored before it is sent, for one more wait: it never speaks of a row that is not there.

    `close` is called at the end. `shared` is what it learns from all learners. `calls` reads from an output which other
    systems were asked for it.
    """

    name: str
    sources: tuple[Source, ...]
    handle: Callable[[Record, bytes | None], Awaitable[Outcome]]
    stateful: bool = True
    write_ahead: bool = False
    rows_first: bool = False
    replay: Callable[[Record, bytes], Sequence[Emit] | None] | None = None
    timeout: float = 60.0
    attempts: int = 3
    close: Callable[[], Awaitable[None]] | None = None
    shared: SharedSums | None = None
    calls: Callable[[Event], Sequence[Call]] | None = None


class StateReader(Protocol):
    """Reads a batch stage's stored values."""

    def get(self, partition: int, key: bytes) -> bytes | None:
        """The state stored for `key` of `partition`, or `None`."""
        ...


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """What came of a batch: events to produce, records to dead-letter, and new states by (partition, key).

    States are stored in the order given (`None` deletes), after the events.
    """

    emits: tuple[Emit, ...] = ()
    states: Mapping[tuple[int, bytes], bytes | None] = field(default_factory=dict)
    refused: Sequence[tuple[Record, str, str]] = ()


@dataclass(frozen=True, slots=True)
class BatchStage:
    """Records many at a time, in the order read: for sinks and aggregates.

    A batch is handed over when it has `most` records or its first one has waited `within` seconds.
    `handle(records, states)` may raise `NotNow`, then the same batch comes again after a pause. Where it raises
    anything else, the batch comes in halves, until the record that it fails on stands alone; that is a dead letter.
    Every `tick_seconds` or so `tick(partitions, states)` is called with the partitions assigned; where it raises, the
    next one is its next try.
    `remember` keeps the ids of each key's last inputs, so that a duplicate is passed over. `close` is called at the
    end.
    """

    name: str
    sources: tuple[Source, ...]
    handle: Callable[[Sequence[Record], StateReader], Awaitable[BatchOutcome]]
    most: int = 1000
    within: float = 0.1
    stateful: bool = False
    remember: bool = False
    tick: Callable[[Sequence[int], StateReader], Awaitable[BatchOutcome]] | None = None
    tick_seconds: float = 5.0
    close: Callable[[], Awaitable[None]] | None = None


Stage = KeyedStage | BatchStage
