"""A worker goes on while a schema is looked up, and reads the record once it is there."""

import asyncio
import socket
import time
from collections.abc import Iterator

import pytest

from config.settings import Settings
from pipeline import writer_schemas
from pipeline.delivery.intake import Intake, RawRecord
from pipeline.delivery.record import Refused
from pipeline.delivery.stage import Source
from pipeline.partitioner import partitioner
from pipeline.registry import TIMEOUT_SECONDS
from schemas import catalogue
from schemas.codec import encode, encode_confluent
from schemas.ids import learner_key
from schemas.topics import MESSAGES
from tests.pipeline.messages import MESSAGE
from tests.pipeline.recorded_registry import RecordedRegistry, registered

BEAT_SECONDS = 0.01
KEY = learner_key(MESSAGE["tenant_id"], MESSAGE["learner_id"])


def record(value: bytes) -> RawRecord:
    return RawRecord(MESSAGES.name, partitioner(8)(KEY), 0, KEY, value, 1_767_225_600_000_000)


def intake(url: str) -> Intake:
    """Of a worker whose registry is at `url`."""
    settings = Settings(_env_file=None, broker="pocket", schema_registry_url=url)
    return Intake(
        [Source(MESSAGES, "message_id", True)], lambda *_: None, partitioner(8), writer_schemas.install(settings)
    )


@pytest.fixture
def silent() -> Iterator[str]:
    """A registry that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


async def test_the_event_loop_goes_on_while_a_registry_keeps_silent(silent: str) -> None:
    taken = intake(silent)
    waiting = [
        asyncio.create_task(taken.read(record(encode_confluent("LearnerMessage", MESSAGE, number))))
        for number in range(20)
    ]
    longest, last = 0.0, time.monotonic()
    until = last + 1.5 * TIMEOUT_SECONDS
    while last < until:
        await asyncio.sleep(BEAT_SECONDS)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    ours = await taken.read(record(encode("LearnerMessage", MESSAGE)))

    assert ours.event["text"] == MESSAGE["text"]
    assert not any(task.done() for task in waiting)
    assert longest < TIMEOUT_SECONDS / 2
    for task in waiting:
        task.cancel()


async def test_a_record_is_read_once_the_registry_has_answered_and_refused_once_it_knows_none() -> None:
    with RecordedRegistry() as registry:
        registry.holds(7, registered(catalogue.declared("LearnerMessage")))
        taken = intake(registry.url)

        known = await taken.read(record(encode_confluent("LearnerMessage", MESSAGE, 7)))
        refused = await asyncio.gather(
            *(taken.read(record(encode_confluent("LearnerMessage", MESSAGE, 8))) for _ in range(50)),
            return_exceptions=True,
        )

    assert known.event == MESSAGE
    assert all(isinstance(one, Refused) for one in refused)
    assert sorted(registry.asked) == ["/schemas/ids/7", "/schemas/ids/8"]
