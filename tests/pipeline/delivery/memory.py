"""Delivery's ports in memory: what a worker has Kafka and a table for. They fail when they are told to."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.delivery.outbox import SendFailedError
from pipeline.delivery.ports import Headers


@dataclass
class Produced:
    topic: str
    key: bytes | None
    value: bytes | None
    partition: int | None
    headers: dict[str, bytes]


class MemorySent:
    def __init__(self, error: SendFailedError | None) -> None:
        self._error = error

    async def acknowledged(self) -> None:
        await asyncio.sleep(0)
        if self._error is not None:
            raise self._error


@dataclass
class MemoryProducer:
    """Keeps what it is given. `failures`: how many of the next records fail, each once.

    `most`: bytes of a record, headers included, that are taken.
    """

    log: list[str] = field(default_factory=list)
    produced: list[Produced] = field(default_factory=list)
    failures: int = 0
    hopeless: bool = False
    most: int | None = None

    async def send(
        self, topic: str, key: bytes | None, value: bytes | None, partition: int | None, headers: Headers
    ) -> MemorySent:
        if self.failures:
            self.failures -= 1
            return MemorySent(SendFailedError("the broker is away", hopeless=self.hopeless))
        size = len(key or b"") + len(value or b"") + sum(len(name) + len(said) for name, said in headers)
        if self.most is not None and size > self.most:
            raise SendFailedError("MessageSizeTooLargeError: too large", hopeless=True)
        self.produced.append(Produced(topic, key, value, partition, dict(headers)))
        self.log.append(f"produce {topic}")
        return MemorySent(None)

    def to(self, topic: str) -> list[Produced]:
        return [one for one in self.produced if one.topic == topic]


@dataclass
class MemoryStates:
    """A table. `most`: bytes of a value that are taken."""

    log: list[str] = field(default_factory=list)
    values: dict[tuple[int, bytes], bytes] = field(default_factory=dict)
    deleted: list[tuple[int, bytes]] = field(default_factory=list)
    most: int | None = None

    def get(self, partition: int, key: bytes) -> bytes | None:
        return self.values.get((partition, key))

    async def put(self, partition: int, changes: Sequence[tuple[bytes, bytes | None]]) -> None:
        await asyncio.sleep(0)
        too_large = [key for key, value in changes if self.most is not None and len(value or b"") > self.most]
        for key, value in changes:
            if key in too_large:
                continue
            if value is None:
                self.values.pop((partition, key), None)
                self.deleted.append((partition, key))
            else:
                self.values[(partition, key)] = value
        self.log.append("store")
        if too_large:
            raise SendFailedError("MessageSizeTooLargeError: too large", hopeless=True)


class MemoryLease:
    def __init__(self) -> None:
        self.over = False

    async def held(self) -> bool:
        return not self.over
