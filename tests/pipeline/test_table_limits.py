"""A worker on a real broker that takes no more than so much of a learner's state."""

import json
import os
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from config.settings import Settings
from local.stack import Stack
from pipeline import admin, changelogs
from pipeline.names import app_id
from pipeline.partitioner import partitioner
from pipeline.worker import learner_partitions
from schemas.codec import encode
from schemas.ids import learner_key
from schemas.topics import ATTEMPTS
from tests.agents.profile.given import NOON, attempt

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

MOST_BYTES = 20_000
# Keeps as many bytes of a learner as the attempt took milliseconds.
WORKER = """
import sys
from config.settings import Settings
from pipeline.delivery.record import Outcome
from pipeline.delivery.stage import KeyedStage, Source
from pipeline.worker import run
from schemas.topics import ATTEMPTS
async def handle(record, state):
    return Outcome(state=bytes(record.event["duration_ms"] or 0))
stage = KeyedStage("hoarding", (Source(ATTEMPTS),), handle)
sys.exit(run(sys.argv[2], [stage], Settings(data_dir=sys.argv[1]), check=lambda *_: None))
"""


def test_a_state_too_large_for_its_changelog_leaves_the_partition_to_the_others(stack: Stack, tmp_path: Path) -> None:
    bootstrap = stack.environment()["MASTERX_KAFKA_BOOTSTRAP"]
    settings = Settings(kafka_bootstrap=bootstrap)
    admin.create(settings)
    partitions = learner_partitions(settings)
    app = f"hoarding-{uuid.uuid4().hex[:8]}"
    changelog = changelogs.name(app_id(app), "hoarding")
    made = NewTopic(
        changelog, partitions, 1, config={"cleanup.policy": "compact", "max.message.bytes": str(MOST_BYTES)}
    )
    client = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    client.create_topics([made])[changelog].result(30)

    place_of = partitioner(partitions)
    home = place_of(learner_key("acme", f"{app}-0"))
    learners = [
        name for name in (f"{app}-{number}" for number in range(1000)) if place_of(learner_key("acme", name)) == home
    ]
    del learners[4:]
    hoarder, *others = learners
    producer = Producer({"bootstrap.servers": bootstrap, "partitioner": "murmur2_random"})
    for learner, kept in [(others[0], 10), (hoarder, 10 * MOST_BYTES), (others[1], 10), (hoarder, 20), (others[2], 10)]:
        event = attempt(tenant_id="acme", learner_id=learner, sent_at=NOON, duration_ms=kept)
        producer.produce(ATTEMPTS.name, encode("Attempt", event), learner_key("acme", learner))
    producer.flush()

    letters = Consumer({"bootstrap.servers": bootstrap, "group.id": app, "auto.offset.reset": "earliest"})
    letters.assign([TopicPartition(ATTEMPTS.dlq, 0, 0)])
    stored = Consumer({"bootstrap.servers": bootstrap, "group.id": app, "auto.offset.reset": "earliest"})
    stored.assign([TopicPartition(changelog, home, 0)])
    sizes: dict[str, int] = {}
    reasons: list[dict[str, str]] = []
    with (tmp_path / "log").open("w") as log:
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(tmp_path / "tables"), app],
            env={**os.environ, "MASTERX_KAFKA_BOOTSTRAP": bootstrap},
            stderr=log,
        )
    try:
        until = time.monotonic() + 200
        while (len(sizes) < len(learners) or not reasons) and time.monotonic() < until and worker.poll() is None:
            if (record := stored.poll(0.2)) is not None and not record.error():
                sizes[record.key().decode().partition("/")[2]] = len(record.value())
                # Other tests write to the topic too.
                sizes = {learner: sizes[learner] for learner in learners if learner in sizes}
            if (record := letters.poll(0.2)) is not None and not record.error():
                headers = {name: value.decode() for name, value in record.headers() or []}
                if record.key() == learner_key("acme", hoarder):
                    reasons.append(headers)
        said = (tmp_path / "log").read_text()[-3000:]
        assert worker.poll() is None, said
        assert sizes.keys() == set(learners), json.dumps([sizes, said])
        assert sizes[hoarder] < 100, "the next record that fits is stored"
        assert [(one["dlq_reason"], one["dlq_stage"]) for one in reasons] == [("state", "hoarding")]
    finally:
        worker.terminate()
        worker.wait(60)
        letters.close()
        stored.close()
