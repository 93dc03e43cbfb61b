"""The first ten minutes of someone new: the demo left running, one message of their own, its reply, why, and SQL."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from tests.cli.demo.processes import ROOT, Demo

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

# What an app developer writes: JSON is enough for a first message, and no package of ours is needed to send it.
PRODUCE = """
import json, os, uuid
from confluent_kafka import Producer

message_id = str(uuid.uuid4())
message = {"tenant_id": "demo", "learner_id": "stranger", "message_id": message_id, "text": "What is a half of 1/2?"}
producer = Producer({"bootstrap.servers": os.environ["MASTERX_KAFKA_BOOTSTRAP"], "partitioner": "murmur2_random"})
producer.produce("masterx.messages", json.dumps(message), key="demo/stranger")
assert producer.flush(20) == 0
print(message_id)
"""
REPLY = """
import os, sys, time
from confluent_kafka import Consumer
from schemas.codec import decode

consumer = Consumer({
    "bootstrap.servers": os.environ["MASTERX_KAFKA_BOOTSTRAP"], "group.id": "stranger", "auto.offset.reset": "earliest",
})
consumer.subscribe(["masterx.responses"])
deadline = time.monotonic() + 60
while time.monotonic() < deadline:
    record = consumer.poll(1.0)
    if record is None or record.error():
        continue
    response = decode("TutorResponse", record.value())
    if response["message_id"] == sys.argv[1]:
        print(response["text"])
        break
consumer.close()
"""


class Stranger:
    """Somebody in another terminal, in the folder that the demo was started in."""

    def __init__(self, demo: Demo, exports: dict[str, str]) -> None:
        self._folder = demo.folder
        self._environment = {**demo.environment, "PYTHONPATH": str(ROOT)}
        self._exports = exports

    def python(self, program: str, *arguments: str) -> str:
        """What a program prints that was given the exported addresses."""
        return self._run([sys.executable, "-c", program, *arguments], self._exports).stdout.strip()

    def masterx(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """A command as it is typed: it finds the running demo by itself."""
        return self._run([sys.executable, "-m", "cli.main", *arguments], {}, check=False)

    def _run(
        self, command: list[str], more: dict[str, str], *, check: bool = True
    ) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            command,
            cwd=self._folder,
            env={**self._environment, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert not check or done.returncode == 0, done.stderr
        return done


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("stranger")
    with Demo(folder, "--keep", "--seconds", "6", "--learners", "6") as running:
        running.until("Ctrl-C here ends it")
        yield running


@pytest.fixture(scope="module")
def stranger(demo: Demo) -> Stranger:
    lines = [line.strip() for line in demo.all_said().splitlines()]
    exports = dict(line.removeprefix("export ").split("=", 1) for line in lines if line.startswith("export "))
    assert {"MASTERX_KAFKA_BOOTSTRAP", "MASTERX_CLICKHOUSE_URL"} <= set(exports)
    return Stranger(demo, exports)


@pytest.fixture(scope="module")
def message(stranger: Stranger) -> str:
    """The id of the stranger's own message."""
    return stranger.python(PRODUCE)


def within(seconds: float, attempt: "Callable[[], subprocess.CompletedProcess[str]]", says: str = "") -> str:
    """What a command prints once it succeeds and says so: the rows of a message's stages come one after another."""
    deadline = time.monotonic() + seconds
    while True:
        done = attempt()
        if done.returncode == 0 and says in done.stdout:
            return done.stdout
        assert time.monotonic() < deadline, done.stdout + done.stderr
        time.sleep(0.5)


def test_the_reply_is_read_with_python(stranger: Stranger, message: str) -> None:
    assert stranger.python(REPLY, message).startswith("[rehearsal reply]")


def test_the_reply_is_explained(stranger: Stranger, message: str) -> None:
    page = within(60, lambda: stranger.masterx("explain", message), "[rehearsal reply]")
    for part in ("What is a half of 1/2?", "[rehearsal reply]", "FEELING", "PROMPT", "PROVIDER"):
        assert part in page


def test_sql_knows_it(stranger: Stranger, message: str) -> None:
    within(60, lambda: stranger.masterx("explain", message), "[rehearsal reply]")
    question = f"SELECT provider, message_text FROM fact_responses WHERE message_id = '{message}'"
    done = stranger.masterx("sql", "--format", "json", question)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"provider": "rehearsal", "message_text": "What is a half of 1/2?"}


def test_the_class_is_there_too(stranger: Stranger) -> None:
    done = stranger.masterx("sql", "SELECT uniqExact(learner_id) AS learners FROM fact_messages")
    assert done.returncode == 0, done.stderr
    assert any(line.strip().isdigit() and int(line) >= 6 for line in done.stdout.splitlines())


def test_what_the_demo_advises_works(demo: Demo, stranger: Stranger) -> None:
    import shlex

    advised = [line.strip() for line in demo.all_said().splitlines() if line.startswith("  masterx ")]
    assert len(advised) == 4
    for command in advised:
        done = stranger.masterx(*shlex.split(command)[1:])
        assert done.returncode == 0, f"{command}: {done.stderr}"
        assert done.stdout.strip()


def test_a_second_kept_demo_says_that_one_runs(stranger: Stranger) -> None:
    done = stranger.masterx("demo", "--keep")
    assert done.returncode == 73
    assert "already" in done.stderr and "Traceback" not in done.stderr


def test_ctrl_c_ends_it(demo: Demo) -> None:
    demo.interrupt()
    assert demo.ended() == 0
    assert "Traceback" not in demo.all_said()
    assert demo.left() == []
