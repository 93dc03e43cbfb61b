"""What delivery needs of the outside: Kafka and a table behind them in a worker, plain memory in a test."""

from collections.abc import Sequence
from typing import Protocol

Headers = list[tuple[str, bytes]]


class Producer(Protocol):
    """Produces records."""

    async def send(
        self, topic: str, key: bytes | None, value: bytes | None, partition: int | None, headers: Headers
    ) -> "Sent":
        """Hand a record over. Awaiting what comes back waits for the broker's word that it has it."""
        ...


class Sent(Protocol):
    """A record handed over to the producer."""

    async def acknowledged(self) -> None:
        """Return once the broker has it. Raises what the producer raises when it gave up."""
        ...


class States(Protocol):
    """A table of one stage: values by partition and key, each change kept in a changelog."""

    def get(self, partition: int, key: bytes) -> bytes | None:
        """The value stored last, or `None`."""
        ...

    async def put(self, partition: int, changes: Sequence[tuple[bytes, bytes | None]]) -> None:
        """Store values (`None` deletes) and return once their changelog records are acknowledged.

        Raises `SendFailedError` for a value that no broker would take, once all others are stored.
        """
        ...


class Lease(Protocol):
    """The right to act for the partitions that were assigned last."""

    async def held(self) -> bool:
        """True while the group still counts us in; waits while that can't be told; false once it is over."""
        ...
