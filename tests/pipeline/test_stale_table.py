"""A worker on a real broker that finds tables on its disk which nobody wrote to for long."""

import os
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

from config.settings import Settings
from local.stack import Stack
from pipeline import admin, changelogs
from pipeline.names import app_id
from pipeline.partitioner import partitioner
from pipeline.stale_table import DELETIONS_STAY_SECONDS, OLDEST_SECONDS
from pipeline.worker import learner_partitions
from schemas.codec import encode
from schemas.ids import learner_key
from schemas.topics import ATTEMPTS
from tests.agents.profile.given import NOON, attempt

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

# Keeps a learner's number of attempts.
WORKER = """
import sys
from config.settings import Settings
from pipeline.delivery.record import Outcome
from pipeline.delivery.stage import KeyedStage, Source
from pipeline.worker import run
from schemas.topics import ATTEMPTS
async def handle(record, state):
    return Outcome(state=str(int(state or 0) + 1).encode())
stage = KeyedStage("counting", (Source(ATTEMPTS),), handle)
sys.exit(run(sys.argv[2], [stage], Settings(data_dir=sys.argv[1]), check=lambda *_: None))
"""


def test_a_table_that_is_older_than_deletions_stay_is_restored_anew_and_goes_on(stack: Stack, tmp_path: Path) -> None:
    bootstrap = stack.environment()["MASTERX_KAFKA_BOOTSTRAP"]
    settings = Settings(kafka_bootstrap=bootstrap)
    admin.create(settings)
    app = f"counting-{uuid.uuid4().hex[:8]}"
    changelog = changelogs.name(app_id(app), "counting")
    changelogs.ensure(settings, [changelog], learner_partitions(settings))
    resource = ConfigResource(ResourceType.TOPIC, changelog)
    client = AdminClient({"bootstrap.servers": bootstrap})
    config = client.describe_configs([resource])[resource].result(30)
    assert int(config["delete.retention.ms"].value) == DELETIONS_STAY_SECONDS * 1000

    key = learner_key("acme", app)
    stored = Consumer({"bootstrap.servers": bootstrap, "group.id": app, "auto.offset.reset": "earliest"})
    stored.assign([TopicPartition(changelog, partitioner(learner_partitions(settings))(key), 0)])
    producer = Producer({"bootstrap.servers": bootstrap, "partitioner": "murmur2_random"})
    tables = tmp_path / "tables"
    counts: list[bytes] = []
    for number in (1, 2):
        event = attempt(tenant_id="acme", learner_id=app, sent_at=NOON)
        producer.produce(ATTEMPTS.name, encode("Attempt", event), key)
        producer.flush()
        with (tmp_path / "log").open("a") as log:
            worker = subprocess.Popen(
                [sys.executable, "-c", WORKER, str(tables), app],
                env={**os.environ, "MASTERX_KAFKA_BOOTSTRAP": bootstrap},
                stderr=log,
            )
        try:
            until = time.monotonic() + 120
            while len(counts) < number and time.monotonic() < until and worker.poll() is None:
                if (record := stored.poll(0.2)) is not None and not record.error() and record.key() == key:
                    counts.append(record.value()[-1:])
        finally:
            worker.terminate()
            worker.wait(60)
        then = time.time() - OLDEST_SECONDS - 60
        for file in tables.rglob("*.db/*"):
            os.utime(file, (then, then))
    stored.close()
    said = (tmp_path / "log").read_text()
    assert counts == [b"1", b"2"], said[-3000:]
    assert "its table is restored anew" in said
