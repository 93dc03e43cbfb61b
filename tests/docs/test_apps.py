"""The examples for app developers, run as they stand against a whole system."""

import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from pathlib import Path

import pytest

from cli.clickhouse import connected
from cli.stack import settings_for
from local.kafka.jars import find_java, resolve_jars
from tests.docs.avro_jar import avro_jar
from tests.docs.blocks import DOCS, FENCE, block

pytestmark = pytest.mark.kafka

PAGE = "app-developers.md"
ROOT = DOCS.parent
SECONDS = 60


def run(command: list[str], variables: Mapping[str, str]) -> str:
    """What the command printed; fails with what it said when it ends with anything but 0."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, **variables, "PATH": path, "COLUMNS": "200"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=2 * SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def snippet(title: str, folder: Path) -> str:
    """The block with this title as a file."""
    path = folder / title
    path.write_text(block(PAGE, title))
    return str(path)


def rows(variables: Mapping[str, str], sql: str, wanted: int) -> list[tuple[object, ...]]:
    """What `sql` gives once it gives `wanted` rows."""
    deadline = time.monotonic() + SECONDS
    with connected(settings_for(variables)) as client:
        while True:
            found = [tuple(row) for row in client.query(sql).result_rows]
            if len(found) >= wanted or time.monotonic() > deadline:
                return found
            time.sleep(0.1)


def test_a_message_is_sent_and_its_reply_read_with_python(running: dict[str, str], tmp_path: Path) -> None:
    message_id = run([sys.executable, snippet("send.py", tmp_path)], running).strip()
    assert str(uuid.UUID(message_id)) == message_id
    source, provider, text = run([sys.executable, snippet("reply.py", tmp_path), message_id], running).splitlines()
    assert (source, provider) == ("PROVIDER", "local")
    assert text
    stored = f"SELECT text, message_text FROM fact_responses WHERE message_id = '{message_id}'"
    assert rows(running, stored, 1) == [(text, "Why is 1/2 the same as 2/4?")]
    assert text.split()[0] in run(["masterx", "explain", message_id], running)


def test_attempts_feedback_and_signals_arrive(running: dict[str, str], tmp_path: Path) -> None:
    run([sys.executable, snippet("attempt.py", tmp_path)], running)
    mine = "tenant_id = 'school' AND learner_id = 'ada'"
    attempts = f"SELECT concept_id, correct, duration_ms, toString(sent_at) FROM fact_attempts WHERE {mine}"
    assert rows(running, attempts, 1) == [("multiplication", True, 8200, "2026-03-02 16:05:00.000000")]
    assert rows(running, f"SELECT kind, rating FROM fact_feedback WHERE {mine}", 1) == [("HELPFUL", 5)]
    assert rows(running, f"SELECT kind FROM fact_signals WHERE {mine}", 1) == [("SESSION_OPENED",)]


@pytest.mark.skipif(shutil.which("javac") is None, reason="the Java example needs a JDK: this Java has no compiler")
def test_a_message_is_sent_and_its_reply_read_with_java(running: dict[str, str], tmp_path: Path) -> None:
    classpath = f"{resolve_jars()}/*:{avro_jar()}"
    options = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m"]
    said = run([find_java(), *options, "-cp", classpath, snippet("Tutor.java", tmp_path)], running)
    source, provider, text = said.splitlines()
    assert (source, provider) == ("PROVIDER", "local")
    assert text


@pytest.mark.skipif(shutil.which("kcat") is None, reason="kcat is not installed")
def test_a_message_is_sent_with_kcat(running: dict[str, str]) -> None:
    lines = run(["bash", "-euo", "pipefail", "-c", block(PAGE, "send-with-kcat")], running).splitlines()
    assert len(lines) == 2, lines
    sent, reply = lines
    key, appended_at, value = sent.split(" ", 2)
    assert (key, len(appended_at)) == ("school/alan", 13)
    assert json.loads(value)["text"] == "Is 0 even?"
    assert "school/alan" in reply


def test_the_readmes_first_message_with_python_is_answered(running: dict[str, str]) -> None:
    readme = (ROOT / "README.md").read_text()
    (code,) = [found["text"] for found in FENCE.finditer(readme) if found["language"] == "python"]
    message_id = run([sys.executable, "-c", code], running).strip()
    found = rows(running, f"SELECT source FROM fact_responses WHERE message_id = '{message_id}'", 1)
    assert found == [("PROVIDER",)]
