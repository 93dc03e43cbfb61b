"""What the outbox says while the broker refuses what it has to send."""

import pytest

from pipeline.delivery import outbox as outbox_module
from pipeline.delivery.outbox import Outbox, Outgoing
from tests.pipeline.delivery.memory import MemoryLease, MemoryProducer


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(outbox_module, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(outbox_module, "LONGEST_PAUSE", 0.002)


async def said_after(failures: int, caplog) -> list[str]:
    producer = MemoryProducer(failures=failures)
    await Outbox("count", producer, MemoryLease()).send([Outgoing("masterx.profiles", b"k", b"v", None, [])])
    assert len(producer.produced) == 1
    return [record.message for record in caplog.records]


async def test_a_broker_that_is_away_for_a_moment_is_nothing_to_speak_of(caplog) -> None:
    assert await said_after(1, caplog) == []


async def test_a_record_that_is_not_taken_for_long_is_said_with_the_reason_and_not_at_each_try(caplog) -> None:
    assert await said_after(20, caplog) == ["count can't write to masterx.profiles: the broker is away; trying again"]
