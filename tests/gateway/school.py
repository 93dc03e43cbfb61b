"""A tenant of a test's own on a real Kafka, and the parts of a gateway that reads it."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from confluent_kafka import Producer

from config.settings import Settings
from gateway.kafka.partition import partition_of
from gateway.parts import MakeHeaders, Parts
from schemas.codec import encode
from schemas.ids import learner_key
from schemas.topics import Topic
from tests.cli.samples import sample

SECONDS = 30.0


class School:
    """A tenant of the test's own, whose records are written as the workers and apps write them."""

    def __init__(self, settings: Settings) -> None:
        self.tenant = f"school-{uuid.uuid4()}"
        self._settings = settings
        self._producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "log_level": 0})

    def key(self, learner: str) -> bytes:
        return learner_key(self.tenant, learner)

    def write(self, topic: Topic, learner: str, **fields: Any) -> str:
        """The id of the event that is on its topic then."""
        event_id = str(uuid.uuid4())
        who = {"event_id": event_id, "tenant_id": self.tenant, "learner_id": learner}
        partition = partition_of(self.key(learner), self._settings.partitions)
        value = encode(topic.event, sample(topic.event) | who | fields)
        self._producer.produce(topic.name, value, self.key(learner), partition=partition)
        assert self._producer.flush(SECONDS) == 0
        return event_id


@asynccontextmanager
async def running(
    settings: Settings, make_headers: MakeHeaders = lambda *_: [], **changes: Any
) -> AsyncIterator[Parts]:
    parts = Parts(settings.model_copy(update=changes), lambda *_: None, make_headers)
    await parts.start()
    try:
        await until(lambda: parts.feed.caught_up)
        yield parts
    finally:
        await parts.stop()


async def until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(SECONDS):
        while True:
            if holds():
                return
            await asyncio.sleep(0.02)
