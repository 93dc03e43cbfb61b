"""One stage's way of taking records: a runner and the processor it runs."""

from collections.abc import Hashable
from typing import Protocol

from pipeline.delivery.intake import RawRecord


class Runner(Protocol):
    """What both runners offer."""

    @property
    def in_flight(self) -> int:
        """Records submitted and not done."""
        ...

    def oldest(self) -> dict[tuple[str, int], int]:
        """The lowest offset on its way, per topic and partition."""
        ...

    def begin(self) -> None:
        """The partitions are assigned and their tables restored."""
        ...

    async def drain(self, deadline: float) -> bool:
        """Begin nothing more and wait for what has begun."""
        ...

    def abandon(self) -> int:
        """Give up what is on its way."""
        ...

    async def submit(
        self, source: tuple[str, int], offset: int, lane: Hashable, item: "Delivery", size: int = 0
    ) -> None:
        """Take up a record, waiting for room."""
        ...


class Acknowledgeable(Protocol):
    """What came with a record, and takes its acknowledgement."""

    def ack(self) -> bool:
        """Acknowledge."""
        ...


class Delivery:
    """A record and what acknowledges it, held together while on its way."""

    __slots__ = ("event", "raw")

    def __init__(self, raw: RawRecord, event: Acknowledgeable) -> None:
        self.raw = raw
        self.event = event


def lane_of(raw: RawRecord) -> Hashable:
    """What keeps its records in order: a learner within a partition; a record without a key is on its own."""
    return (raw.partition, raw.key) if raw.key else (raw.partition, raw.topic, raw.offset)


def acknowledge(delivery: Delivery) -> None:
    """Tell the consumer that the record is done."""
    delivery.event.ack()
