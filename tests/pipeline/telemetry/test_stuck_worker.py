"""A worker with a stuck stage on a real broker: it ends itself, is started again, and loses nothing."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from confluent_kafka import Producer

from config.settings import Settings
from local.stack import Stack
from pipeline import admin
from pipeline.app import EXIT_STUCK
from schemas.codec import encode
from schemas.ids import learner_key
from schemas.topics import ATTEMPTS
from tests.agents.profile.given import NOON, attempt

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

# Its first run waits for ever at the third record.
WORKER = """
import asyncio, sys
from pathlib import Path
from config.settings import Settings
from pipeline.delivery.record import Outcome
from pipeline.delivery.stage import KeyedStage, Source
from pipeline.worker import run
from schemas.topics import ATTEMPTS
place, tries = Path(sys.argv[1]), Path(sys.argv[1]) / "tries"
tries.open("a").write("x")
number = len(tries.read_text())
seen = (place / "seen").open("a", buffering=1)
ours = 0
async def handle(record, state):
    global ours
    if not record.event["learner_id"].startswith("stuck-"):
        return Outcome()
    ours += 1
    if ours == 3 and number == 1:
        await asyncio.Event().wait()
    seen.write(record.event["learner_id"] + "\\n")
    return Outcome()
stage = KeyedStage("halting", (Source(ATTEMPTS),), handle, stateful=False, timeout=600)
settings = Settings(data_dir=str(place / "tables"), stuck_seconds=2.0)
sys.exit(run("halting", [stage], settings, check=lambda *_: None))
"""
LEARNERS = [f"stuck-{number}" for number in range(12)]


def get(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
        return str(answer.read().decode())


def value(text: str, start: str) -> float:
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(start))


def test_a_stuck_worker_ends_itself_and_the_next_one_does_what_it_left(stack: Stack, tmp_path: Path) -> None:
    bootstrap = stack.environment()["MASTERX_KAFKA_BOOTSTRAP"]
    admin.create(Settings(kafka_bootstrap=bootstrap))
    producer = Producer({"bootstrap.servers": bootstrap, "partitioner": "murmur2_random"})
    for learner in LEARNERS:
        event = attempt(learner_id=learner, sent_at=NOON)
        producer.produce(ATTEMPTS.name, encode("Attempt", event), learner_key(event["tenant_id"], learner))
    producer.flush()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "MASTERX_KAFKA_BOOTSTRAP": bootstrap, "MASTERX_METRICS_PORT": str(port)}
    command = [sys.executable, "-c", WORKER, str(tmp_path)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=150, check=False)
    assert ended.returncode == EXIT_STUCK, ended.stderr[-2000:]
    assert "halting is stuck: masterx.attempts/" in ended.stderr
    with (tmp_path / "log").open("w") as log:
        worker = subprocess.Popen(command, env=environment, stderr=log)
    try:
        seen = tmp_path / "seen"
        until = time.monotonic() + 100
        while set(seen.read_text().split()) != set(LEARNERS) and time.monotonic() < until:
            time.sleep(0.1)
        assert set(seen.read_text().split()) == set(LEARNERS), (tmp_path / "log").read_text()[-2000:]
        assert get(port, "/livez") == "ok\n"
        while "masterx_committed_offset{" not in (text := get(port, "/metrics")) and time.monotonic() < until:
            time.sleep(0.2)
        done = value(text, 'masterx_stage_records_done_total{stage="halting"}')
        assert 0 < done <= value(text, 'masterx_stage_records_in_total{stage="halting"}')
        assert value(text, "masterx_memory_bytes") > 2**20
        assert 'masterx_lag_records{group="masterx-halting",partition="0",topic="masterx.attempts"}' in text
        assert "stuck-" not in text
    finally:
        worker.terminate()
        assert worker.wait(60) == 0
