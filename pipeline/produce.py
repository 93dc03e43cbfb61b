"""The app's Kafka producer behind delivery's port."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import faust
from aiokafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    RecordTooLargeError,
    TopicAuthorizationFailedError,
)
from faust.exceptions import ProducerSendError

from pipeline.broker_clock import BrokerClock
from pipeline.delivery.outbox import SendFailedError
from pipeline.delivery.ports import Headers

APPEND_TIME = 1
HOPELESS = (MessageSizeTooLargeError, RecordTooLargeError)


class FaustSent:
    """One record handed over, by the future of its metadata."""

    __slots__ = ("_failed", "_future")

    def __init__(self, future: "asyncio.Future[Any]") -> None:
        self._future = future
        self._failed: BaseException | None = None

    def when_acknowledged(self, stored: Callable[[int], None]) -> None:
        """Call `stored(offset)` as soon as the broker has it, in the order of the offsets."""

        def done(future: "asyncio.Future[Any]") -> None:
            if not future.cancelled() and future.exception() is None:
                try:
                    stored(future.result().offset)
                except Exception as error:
                    # Kept for whoever awaits the record: an exception in a callback would only be logged.
                    self._failed = error

        self._future.add_done_callback(done)

    async def acknowledged(self) -> None:
        """See `pipeline.delivery.ports.Sent`."""
        try:
            # Shielded: a cancelled stage must not cancel the future that a whole batch shares its fate with.
            await asyncio.shield(self._future)
        except KafkaError as error:
            raise _failure(error) from error
        if self._failed is not None:
            raise self._failed


class FaustProducer:
    """Produces through the app's own producer, and reads the broker's clock from what it acknowledges."""

    def __init__(self, app: faust.App, clock: BrokerClock) -> None:
        self._app = app
        self._clock = clock

    async def send(
        self, topic: str, key: bytes | None, value: bytes | None, partition: int | None, headers: Headers
    ) -> FaustSent:
        """See `pipeline.delivery.ports.Producer`. Raises `SendFailedError`."""
        sent = time.time()
        try:
            future = await self._app.producer.send(topic, key, value, partition, None, headers)
        except (ProducerSendError, KafkaError) as error:
            raise _failure(error) from error
        if self._clock.wants(sent):
            future.add_done_callback(partial(self._read_clock, sent))
        return FaustSent(future)

    def _read_clock(self, sent: float, future: "asyncio.Future[Any]") -> None:
        if future.cancelled() or future.exception() is not None:
            return
        stored = future.result()
        # Topics whose records keep the producer's time say nothing of the broker's.
        if stored.timestamp_type == APPEND_TIME:
            self._clock.saw(sent, stored.timestamp / 1000, time.time())


def _failure(error: Exception) -> SendFailedError:
    cause = error.__cause__ if isinstance(error, ProducerSendError) and error.__cause__ else error
    if isinstance(cause, TopicAuthorizationFailedError):
        return SendFailedError(f"not allowed to write: {cause}")
    return SendFailedError(f"{type(cause).__name__}: {cause}", hopeless=isinstance(cause, HOPELESS))
