"""Responses as a consumer receives them, each with the moment of its receipt."""

import hashlib
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

from cli.exits import UNAVAILABLE, Failure
from cli.verify import Response
from schemas.topics import RESPONSES

if TYPE_CHECKING:
    from confluent_kafka import Consumer

    from config.kafka_log import Span
    from config.settings import Settings

MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class Receipt:
    """One record of `masterx.responses`, undecoded. `received_at` is microseconds, UTC."""

    partition: int
    offset: int
    key: bytes
    value: bytes
    received_at: int


def body_of(text: str, source: str, provider: str, model: str) -> str:
    """A digest of what the learner reads and who wrote it: two that differ are two bodies."""
    return hashlib.blake2b("\0".join((text, source, provider, model)).encode(), digest_size=16).hexdigest()


def to_response(receipt: Receipt, *, latency_after: int = 0) -> Response | None:
    """The response of a receipt; None for bytes that are not one.

    Its latency is left open where the message was appended before `latency_after`, microseconds: what was answered
    in an earlier run says nothing about this one.
    """
    from schemas.codec import DecodeError, decode

    try:
        event = decode(RESPONSES.event, receipt.value)
    except DecodeError:
        return None
    latency = waited = None
    if event["appended_at"] >= latency_after:
        waited = (receipt.received_at - event["appended_at"]) / 1000
        latency = waited - event["provider_ms"]
    return Response(
        message_id=event["message_id"],
        response_id=event["response_id"],
        learner=f"{event['tenant_id']}/{event['learner_id']}",
        body=body_of(event["text"], event["source"], event["provider"], event["model"]),
        by_provider=event["source"] == "PROVIDER",
        turn=event["turn"],
        latency_ms=latency,
        waited_ms=waited,
    )


class Receipts:
    """Reads `masterx.responses` in a thread of its own, from the first offset that the broker still has.

    `tenants` limits it to their learners. Use it as a context manager: it is entered once the reading has begun.
    """

    def __init__(self, settings: "Settings", tenants: Iterable[str] | None = None, *, from_start: bool = True) -> None:
        self._settings = settings
        self._prefixes = tuple(f"{tenant}/".encode() for tenant in tenants) if tenants is not None else None
        self._from_start = from_start
        self._taken: list[Receipt] = []
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._positions: dict[int, int] = {}
        self._partitions = self._wanted = 0
        self._thread = threading.Thread(target=self._read, name="receipts", daemon=True)
        self._error: Failure | None = None

    def take(self) -> list[Receipt]:
        """What came since the last call, in the order of receipt. Raises `Failure` when the broker refused."""
        if self._error is not None:
            raise self._error
        with self._lock:
            taken, self._taken = self._taken, []
        return taken

    def pending(self) -> bool:
        """Whether something has been received and not taken."""
        with self._lock:
            return bool(self._taken)

    def caught_up(self) -> bool:
        """Whether all that the topic holds now has been received. Asks the broker."""
        ends = {span.partition: span.high for span in self._held(self._asking)}
        return all(self._positions.get(partition, 0) >= high for partition, high in ends.items())

    def widen(self) -> None:
        """Read the partitions too that the topic has been given meanwhile, from their beginning."""
        from cli.kafka import partition_count

        self._wanted = partition_count(self._asking, self._settings, RESPONSES.name)

    def _held(self, consumer: "Consumer") -> "list[Span]":
        from cli.kafka import spans

        return spans(consumer, (RESPONSES.name,), {RESPONSES.name: self._partitions})

    def __enter__(self) -> Self:
        from confluent_kafka import TopicPartition

        from cli.kafka import partition_count, reader

        # A consumer that one thread reads from answers questions of another only between its reads, or not at all.
        self._consumer, self._asking = reader(self._settings), reader(self._settings)
        self._partitions = self._wanted = partition_count(self._asking, self._settings, RESPONSES.name)
        # Connected and told of the topic before it is assigned: it would ask for that up to a second later.
        partition_count(self._consumer, self._settings, RESPONSES.name)
        held = self._held(self._asking)
        self._positions = {span.partition: span.low if self._from_start else span.high for span in held}
        self._consumer.assign([TopicPartition(RESPONSES.name, *place) for place in self._positions.items()])
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join()
        self._consumer.close()
        self._asking.close()

    def _read(self) -> None:
        from confluent_kafka import KafkaError, TopicPartition

        while not self._ending.is_set():
            if self._partitions < self._wanted:
                self._partitions = self._wanted
                self._positions = {number: self._positions.get(number, 0) for number in range(self._partitions)}
                self._consumer.assign([TopicPartition(RESPONSES.name, *place) for place in self._positions.items()])
            batch = self._consumer.consume(num_messages=500, timeout=0.02)
            if not batch:
                continue
            received_at = int(time.time() * MICROS)
            wanted = []
            for message in batch:
                problem = message.error()
                if problem is not None:
                    # A broker that restarts is waited for; a topic that is gone is not.
                    if problem.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                        self._error = Failure(UNAVAILABLE, f"{RESPONSES.name}: {problem.str()}")
                    continue
                key = message.key() or b""
                if self._prefixes is None or key.startswith(self._prefixes):
                    wanted.append(
                        Receipt(message.partition(), message.offset(), key, message.value() or b"", received_at)
                    )
            with self._lock:
                self._taken.extend(wanted)
            for message in batch:
                if message.error() is None:
                    self._positions[message.partition()] = message.offset() + 1
