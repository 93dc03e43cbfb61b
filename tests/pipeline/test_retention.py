"""A worker on a real broker whose topic has lost what it was to read next."""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from config.settings import Settings
from local.stack import Stack
from pipeline import admin
from pipeline.names import app_id

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

WORKER = """
import sys
from config.settings import Settings
from pipeline.delivery.record import Outcome
from pipeline.delivery.stage import KeyedStage, Source
from pipeline.worker import run
from schemas.topics import Topic
async def handle(record, state):
    return Outcome()
stage = KeyedStage("reading", (Source(Topic(sys.argv[2], "")),), handle, stateful=False)
sys.exit(run(sys.argv[2], [stage], Settings(data_dir=sys.argv[1]), check=lambda *_: None))
"""


def test_what_was_gone_before_it_was_read_is_said_and_the_rest_is_read(stack: Stack, tmp_path: Path) -> None:
    bootstrap = stack.environment()["MASTERX_KAFKA_BOOTSTRAP"]
    admin.create(Settings(kafka_bootstrap=bootstrap))
    topic = f"trimmed-{uuid.uuid4().hex[:8]}"
    client = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    client.create_topics([NewTopic(topic, 1, 1)])[topic].result(30)
    producer = Producer({"bootstrap.servers": bootstrap})
    group = Consumer({"bootstrap.servers": bootstrap, "group.id": app_id(topic)})

    def produce(count: int) -> None:
        for _ in range(count):
            producer.produce(topic, b"record", b"key")
        producer.flush()

    def read_to(offset: int, worker: "subprocess.Popen[bytes]") -> bool:
        until = time.monotonic() + 120
        while time.monotonic() < until and worker.poll() is None:
            [at] = group.committed([TopicPartition(topic, 0)], 10)
            if at.offset == offset:
                return True
            time.sleep(0.2)
        return False

    @contextmanager
    def running() -> "Iterator[subprocess.Popen[bytes]]":
        with (tmp_path / "log").open("a") as log:
            worker = subprocess.Popen(
                [sys.executable, "-c", WORKER, str(tmp_path / "tables"), topic],
                env={**os.environ, "MASTERX_KAFKA_BOOTSTRAP": bootstrap},
                stderr=log,
            )
        try:
            yield worker
        finally:
            worker.terminate()
            worker.wait(60)

    produce(10)
    with running() as worker:
        assert read_to(10, worker), (tmp_path / "log").read_text()[-3000:]
    produce(40)
    gone = TopicPartition(topic, 0, 30)
    client.delete_records([gone])[gone].result(30)
    with running() as worker:
        assert read_to(50, worker), (tmp_path / "log").read_text()[-3000:]
    group.close()
    said = f"{topic}/0: 20 records, 10 to 29, were gone before they were read: the topic keeps too little"
    assert said in (tmp_path / "log").read_text()
