"""Hands events to Kafka, and knows when the broker has them."""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from gateway.refusal import Refusal, later
from schemas.topics import Topic

RETRY_SECONDS = 1.0
REQUEST_TIMEOUT_MS = 15_000
Headers = list[tuple[str, bytes]]

log = logging.getLogger(__name__)


class Outbox:
    """An idempotent producer that may lose its broker and find it again.

    At most `most` records wait for the broker at once, `most_each` of one learner, and each at most `seconds` for its
    caller: memory stays bounded however slow Kafka is.
    """

    def __init__(self, connection: Mapping[str, Any], *, most: int, most_each: int, seconds: float) -> None:
        self._connection, self._most, self._most_each, self._seconds = connection, most, most_each, seconds
        self._producer: AIOKafkaProducer | None = None
        self._starting: asyncio.Task[None] | None = None
        self._by_key: Counter[bytes] = Counter()
        self.in_flight = 0
        self.counts: Counter[str] = Counter()

    def start(self) -> None:
        """Begin to connect."""
        self._starting = asyncio.get_running_loop().create_task(self._connect())

    async def stop(self) -> None:
        """Send what was taken in, then disconnect."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        if self._producer is not None:
            await self._producer.stop()

    async def ping(self) -> None:
        """Ask the broker for its metadata. Raises `KafkaError` or `ConnectionError`."""
        if self._producer is None:
            raise ConnectionError("not connected yet")
        await self._producer.client.fetch_all_metadata()

    async def send(self, topic: Topic, key: bytes, value: bytes, headers: Headers) -> None:
        """Return once the broker has the record. Raises `Refusal`.

        A record that was not confirmed in time may still arrive: it is the same one when it is sent again under the
        same idempotency key.
        """
        producer = self._producer
        if producer is None:
            self.counts["away"] += 1
            raise later("kafka_away", "Kafka does not answer; nothing was taken in", 5)
        if self.in_flight >= self._most:
            self.counts["full"] += 1
            raise later("busy", "too many records wait for Kafka; nothing was taken in", 1)
        if self._by_key[key] >= self._most_each:
            self.counts["full_learner"] += 1
            raise later("too_many_requests", "too many requests of this learner are under way", 1, status=429)
        self.in_flight += 1
        self._by_key[key] += 1
        sending = asyncio.get_running_loop().create_task(self._send(producer, topic.name, key, value, headers))
        sending.add_done_callback(lambda task: self._settled(key, task))
        try:
            await asyncio.wait_for(asyncio.shield(sending), self._seconds)
        except TimeoutError as error:
            self.counts["slow"] += 1
            raise later(
                "kafka_slow", "Kafka did not confirm in time; send it again with the same Idempotency-Key", 5
            ) from error
        except MessageSizeTooLargeError as error:
            raise Refusal(413, "too_large", "the event is larger than Kafka takes") from error
        except KafkaError as error:
            self.counts["failed"] += 1
            log.warning("Kafka refused a record for %s: %s", topic.name, type(error).__name__)
            raise later(
                "kafka_failed", "Kafka did not take it; send it again with the same Idempotency-Key", 5
            ) from error
        self.counts["accepted"] += 1

    @staticmethod
    async def _send(producer: Any, topic: str, key: bytes, value: bytes, headers: Headers) -> None:
        await (await producer.send(topic, value, key, headers=headers))

    def _settled(self, key: bytes, task: "asyncio.Task[None]") -> None:
        # Only now is the record out of memory, whenever its caller stopped waiting.
        self.in_flight -= 1
        self._by_key[key] -= 1
        if not self._by_key[key]:
            del self._by_key[key]
        if not task.cancelled():
            task.exception()

    async def _connect(self) -> None:
        while True:
            producer = AIOKafkaProducer(
                **self._connection,
                client_id="masterx-gateway",
                acks="all",
                enable_idempotence=True,
                linger_ms=2,
                request_timeout_ms=REQUEST_TIMEOUT_MS,
                max_request_size=4 * 2**20,
            )
            try:
                await producer.start()
            except (KafkaError, OSError) as error:
                log.warning("no Kafka at %s yet: %s", self._connection["bootstrap_servers"], error)
                await producer.stop()
                await asyncio.sleep(RETRY_SECONDS)
            except asyncio.CancelledError:
                await producer.stop()
                raise
            else:
                self._producer = producer
                return
