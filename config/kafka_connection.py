"""aiokafka's connections on uvloop.

A write to a connection that was just lost raises a RuntimeError on uvloop, where asyncio says nothing and lets the
read end. aiokafka expects an OSError, so the error ends whichever of its tasks wrote: without the one that learns of
brokers a consumer never joins its group again (https://github.com/aio-libs/aiokafka/issues/1038).
"""

from collections.abc import Awaitable
from functools import wraps
from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError


def install() -> None:
    """Let every connection of aiokafka in this process call a write to a lost connection a `KafkaConnectionError`."""
    send = AIOKafkaConnection.send
    if hasattr(send, "__wrapped__"):
        return

    @wraps(send)
    def sends(self: AIOKafkaConnection, request: Any, expect_response: bool = True) -> Awaitable[Any]:
        try:
            waiting: Awaitable[Any] = send(self, request, expect_response)
        except RuntimeError as error:
            self.close(reason=CloseReason.CONNECTION_BROKEN)
            raise KafkaConnectionError(f"Connection at {self.host}:{self.port} broken: {error}") from error
        return waiting

    AIOKafkaConnection.send = sends
