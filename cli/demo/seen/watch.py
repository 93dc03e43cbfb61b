"""Reads the topics of the way of a message, in a thread of its own, from where they end now."""

import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from cli.demo.seen.record import Seen
from schemas.topics import (
    AGGREGATES,
    ATTEMPTS,
    BY_NAME,
    ENRICHED,
    INTERVENTIONS,
    MESSAGES,
    PROFILES,
    RESPONSES,
    REWARDS,
    SCORED,
)

if TYPE_CHECKING:
    from confluent_kafka import Message

    from config.settings import Settings

TOPICS = (MESSAGES, ATTEMPTS, ENRICHED, SCORED, RESPONSES, PROFILES, INTERVENTIONS, REWARDS, AGGREGATES)


class Watch:
    """Use it as a context manager. Records of other tenants are left out; bytes that are no event too."""

    def __init__(self, settings: "Settings", tenant: str) -> None:
        self._settings = settings
        self._tenant = tenant
        self._taken: list[Seen] = []
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._read, name="watch", daemon=True)

    def take(self) -> list[Seen]:
        """What came since the last call, in the order of reading."""
        with self._lock:
            taken, self._taken = self._taken, []
        return taken

    def __enter__(self) -> Self:
        from confluent_kafka import TopicPartition

        from cli.kafka import partition_count, reader, spans

        self._consumer = reader(self._settings)
        counts = {topic.name: partition_count(self._consumer, self._settings, topic.name) for topic in TOPICS}
        held = spans(self._consumer, tuple(counts), counts)
        self._consumer.assign([TopicPartition(span.topic, span.partition, span.high) for span in held])
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join()
        self._consumer.close()

    def _read(self) -> None:
        while not self._ending.is_set():
            batch = self._consumer.consume(num_messages=200, timeout=0.05)
            # A broker that restarts is waited for: the receipts say when it is gone for good.
            seen = [found for message in batch if message.error() is None if (found := self._seen(message))]
            if seen:
                with self._lock:
                    self._taken.extend(seen)

    def _seen(self, message: "Message") -> Seen | None:
        from schemas.codec import DecodeError, decode

        name = message.topic() or ""
        try:
            event = decode(BY_NAME[name].event, message.value())
        except DecodeError:
            return None
        if event["tenant_id"] != self._tenant:
            return None
        return Seen(name, event, message.timestamp()[1], time.monotonic())
