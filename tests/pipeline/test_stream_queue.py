"""What waits for a stage is bounded in bytes, too; the last test on a real broker."""

import asyncio
import inspect
import os
import re
import subprocess
import sys
import uuid
from pathlib import Path
from types import SimpleNamespace

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from mode.utils.queues import FlowControlEvent

from config.settings import Settings
from local.stack import Stack
from pipeline import admin
from pipeline.app import PARTITION_FETCH_BYTES, STREAM_BUFFER_BYTES
from pipeline.delivery.run_batch import BatchRunner
from pipeline.delivery.run_keyed import KeyedRunner
from pipeline.stream_queue import StreamQueue

SIZE = 1000
MIB = 2**20
DELIVERY_PAGE = Path(__file__).parents[2] / "docs" / "delivery.md"


def event(size: int = SIZE, headers: object = None) -> SimpleNamespace:
    return SimpleNamespace(message=SimpleNamespace(key=None, value=bytes(size), headers=headers))


def queue(maxsize: int = 100, most_bytes: int = 10 * SIZE) -> StreamQueue:
    return StreamQueue(
        maxsize, most_bytes, flow_control=FlowControlEvent(initially_suspended=False), clear_on_resume=True
    )


async def test_it_is_full_of_bytes_as_of_events() -> None:
    of_bytes, of_events = queue(), queue(maxsize=10)
    for _ in range(9):
        of_bytes.put_nowait(event())
        of_events.put_nowait(event(1))
    assert not of_bytes.full()
    assert not of_events.full()
    of_bytes.put_nowait(event())
    of_events.put_nowait(event(1))
    assert of_bytes.full()
    assert of_events.full()
    assert of_bytes.bytes == 10 * SIZE
    of_bytes.get_nowait()
    assert not of_bytes.full()


async def test_who_waits_for_room_goes_on_once_there_is_some() -> None:
    waiting = queue()
    for _ in range(10):
        waiting.put_nowait(event())
    putting = asyncio.create_task(waiting.put(event()))
    await asyncio.sleep(0)
    assert not putting.done()
    for _ in range(11):
        await waiting.get()
    assert putting.done()
    assert waiting.empty()
    assert waiting.bytes == waiting.qsize() == 0


async def test_partitions_are_fetched_no_more_before_it_is_full_and_again_when_it_has_gone_down() -> None:
    heard: list[tuple[str, int]] = []
    filling = queue()

    def high() -> None:
        heard.append(("high", filling.bytes))

    def drop() -> None:
        heard.append(("drop", filling.bytes))

    for _ in range(10):
        filling.put_nowait_enhanced(event(), on_pressure_high=high, on_pressure_drop=drop)
    while not filling.empty():
        filling.get_nowait()
    assert heard == [("high", 8 * SIZE), ("drop", 4 * SIZE)]


async def test_headers_count_and_what_is_forgotten_does_not() -> None:
    forgetful = queue()
    forgetful.put_nowait(event(0, [("a", bytes(5 * SIZE)), ("b", None)]))
    assert forgetful.bytes > 5 * SIZE
    forgetful.clear()
    assert forgetful.bytes == forgetful.qsize() == 0
    forgetful.put_nowait(event())
    assert forgetful.bytes == SIZE


def test_the_page_has_the_bounds_of_the_code() -> None:
    stream, fetched = STREAM_BUFFER_BYTES // MIB, PARTITION_FETCH_BYTES // MIB
    keyed = inspect.signature(KeyedRunner).parameters["max_bytes"].default // MIB
    batch = 2 * inspect.signature(BatchRunner).parameters["max_bytes"].default // MIB
    formula = (
        f"keyed stages × ({keyed + stream} MiB + R) + batch stages × ({batch + stream} MiB + R)"
        f" + 2 × partitions read × max({fetched} MiB, R)"
    )
    assert formula in DELIVERY_PAGE.read_text()


# Holds its first record until nothing more comes, then says how much came at most, once it has had all.
WORKER = """
import asyncio, sys
from config.settings import Settings
from pipeline import app, worker
from pipeline.delivery.record import Outcome
from pipeline.delivery.stage import KeyedStage, Source
from schemas.topics import Topic

directory, topic, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
peak = taken = 0

class Watched(app.StreamQueue):
    def _put(self, item):
        global peak
        super()._put(item)
        peak = max(peak, self.bytes)

app.StreamQueue = Watched

async def handle(record, state):
    global taken
    before = -1
    while not taken and before != peak:
        before = peak
        await asyncio.sleep(3)
    taken += 1
    if taken == count:
        print(peak, flush=True)
    return Outcome()

stage = KeyedStage("slow", (Source(Topic(topic, "")),), handle, stateful=False, timeout=100)
sys.exit(worker.run(topic, [stage], Settings(data_dir=directory, concurrency=1), check=lambda *_: None))
"""


@pytest.mark.kafka
@pytest.mark.timeout(300)
def test_a_worker_behind_with_large_records_holds_so_many_bytes_of_them_and_loses_none(
    stack: Stack, tmp_path: Path
) -> None:
    bootstrap = stack.environment()["MASTERX_KAFKA_BOOTSTRAP"]
    admin.create(Settings(kafka_bootstrap=bootstrap))
    topic, large, count = f"large-{uuid.uuid4().hex[:8]}", 500_000, 100
    client = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    client.create_topics([NewTopic(topic, 2, 1)])[topic].result(30)
    producer = Producer({"bootstrap.servers": bootstrap})
    for number in range(count):
        producer.produce(topic, bytes(large), str(number).encode())
        producer.poll(0)
    producer.flush()
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(tmp_path / "tables"), topic, str(count)],
            env={**os.environ, "MASTERX_KAFKA_BOOTSTRAP": bootstrap},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as worker,
    ):
        try:
            assert worker.stdout is not None
            said = worker.stdout.readline()
            assert said, (tmp_path / "log").read_text()[-3000:]
            # The program hides the cursor before, on whatever it writes to.
            most = int(re.findall(r"\d+", said)[-1])
            assert STREAM_BUFFER_BYTES / 2 < most < STREAM_BUFFER_BYTES + 2 * large < count * large
        finally:
            worker.terminate()
            worker.wait(60)
