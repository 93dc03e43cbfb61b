"""A difference between clocks is found, and none is claimed where none is needed."""

import asyncio
import time
from random import Random
from typing import Any

import pytest

from pipeline.broker_clock import WINDOW_SECONDS, BrokerClock
from pipeline.produce import FaustProducer

START = 1_800_000_000.0


def record(clock: BrokerClock, at: float, ahead: float, on_the_way: float, on_the_way_back: float) -> None:
    """One that is sent `at`, to a broker whose clock is `ahead` and cuts to milliseconds."""
    appended = int((at + on_the_way + ahead) * 1000) / 1000
    clock.saw(at, appended, at + on_the_way + on_the_way_back)


@pytest.mark.parametrize("ahead", [-40.0, -0.25, 0.25, 3600.0])
def test_a_difference_is_found_to_the_quickest_record(ahead: float) -> None:
    clock, random = BrokerClock(), Random(7)
    for number in range(100):
        record(clock, START + number / 5, ahead, 0.002 + random.random() / 10, 0.002 + random.random() / 10)

    assert clock.ahead == pytest.approx(ahead, abs=0.03)


def test_slow_answers_are_no_difference() -> None:
    clock, random = BrokerClock(), Random(7)
    for number in range(1000):
        record(clock, START + number / 5, 0.0, random.random() * 5, random.random() * 5)

    assert clock.ahead == 0.0


@pytest.mark.parametrize("after", [1.0, WINDOW_SECONDS / 2, 10 * WINDOW_SECONDS])
@pytest.mark.parametrize("step", [-5.0, 5.0])
def test_a_clock_that_is_set_is_followed(step: float, after: float) -> None:
    clock = BrokerClock()
    record(clock, START, 0.0, 0.001, 0.001)

    record(clock, START + after, step, 0.001, 0.001)

    assert clock.ahead == pytest.approx(step, abs=0.005)


def test_what_drifted_back_is_forgotten() -> None:
    clock = BrokerClock()
    for number in range(int(4 * WINDOW_SECONDS)):
        record(clock, START + number, 0.5 if number < WINDOW_SECONDS else 0.4, 0.02, 0.02)

    assert clock.ahead == pytest.approx(0.4, abs=0.025)


def test_one_record_now_and_then_is_looked_at() -> None:
    clock = BrokerClock()

    looked = [clock.wants(START + number / 1000) for number in range(1000)]

    assert sum(looked) == 5
    assert clock.wants(START - 3600)


class Broker:
    """Faust's producer, whose records come back with the broker's `metadata`."""

    def __init__(self, metadata: Any) -> None:
        self.producer = self
        self._metadata = metadata

    async def send(self, *_: Any) -> "asyncio.Future[Any]":
        future = asyncio.get_running_loop().create_future()
        future.set_result(self._metadata)
        return future


class Metadata:
    """A record's place, and when it was appended by which clock."""

    offset = 0

    def __init__(self, appended: float, timestamp_type: int) -> None:
        self.timestamp = int(appended * 1000)
        self.timestamp_type = timestamp_type


@pytest.mark.parametrize(("timestamp_type", "ahead"), [(1, 90.0), (0, 0.0)])
async def test_the_producer_reads_the_clock_of_append_times_alone(timestamp_type: int, ahead: float) -> None:
    clock = BrokerClock()
    producer = FaustProducer(Broker(Metadata(time.time() + 90.0, timestamp_type)), clock)

    sent = await producer.send("topic", b"key", b"value", 0, [])
    await sent.acknowledged()
    await asyncio.sleep(0)

    assert clock.ahead == pytest.approx(ahead, abs=1.0)
