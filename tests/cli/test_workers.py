"""Worker processes as children, on a real broker."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cli import exits
from cli.workers import Worker, Workers
from local.errors import LocalStackError
from tests.cli.conftest import Masterx

pytestmark = pytest.mark.kafka

PARENT = """
import json, os, signal, sys
from cli.workers import Workers
workers = Workers(sys.argv[1], json.loads(sys.argv[2]), {"routing": 1})
workers.start()
print(*(worker.pid for worker in workers), flush=True)
signal.pause()
"""


def until(holds: Callable[[], bool], seconds: float = 30.0) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_each_worker_shows_its_metrics_at_a_port_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ports(given: dict[str, str]) -> list[str | None]:
        workers = Workers(tmp_path, given, {"core": 2, "sinks": 1})
        return [worker.environment().get("MASTERX_METRICS_PORT") for worker in workers]

    assert ports({}) == [None] * 3
    assert ports({"MASTERX_METRICS_PORT": "0"}) == ["0"] * 3
    monkeypatch.setenv("MASTERX_METRICS_PORT", "9464")
    assert ports({}) == ["9464", "9465", "9466"]
    assert ports({"MASTERX_METRICS_PORT": "9000"}) == ["9000", "9001", "9002"]


def test_a_worker_is_ready_is_killed_and_starts_again(services: dict[str, str], tmp_path: Path) -> None:
    with Workers(tmp_path, services, {"routing": 1}) as workers:
        [worker] = workers
        first = worker.pid
        assert worker.running
        worker.kill()
        assert not alive(first)
        assert workers.ended == ()
        worker.start()
        assert worker.pid != first
        os.kill(worker.pid, signal.SIGKILL)
        assert until(lambda: workers.ended == (worker,))
        assert worker.exit_code == -signal.SIGKILL
        assert "worker routing-0 was killed by SIGKILL" in str(worker.end())
        assert worker.end().code == exits.BAD_RESULT
    assert not worker.running


def test_when_one_worker_cannot_start_no_other_is_waited_for(services: dict[str, str], tmp_path: Path) -> None:
    # Whoever connects here waits.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        own = {"routing": {"MASTERX_KAFKA_BOOTSTRAP": address}, "sinks": {"MASTERX_PARTITIONS": "many"}}
        workers = Workers(tmp_path, services, {"routing": 1, "sinks": 1}, own=own)
        began = time.monotonic()
        with pytest.raises(LocalStackError, match="MASTERX_PARTITIONS='many'"):
            workers.start()
    assert time.monotonic() - began < Worker.start_seconds / 2
    assert not any(worker.running for worker in workers)


def test_workers_go_with_a_parent_that_is_killed(services: dict[str, str], tmp_path: Path) -> None:
    import json

    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), json.dumps(services)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as parent:
        assert parent.stdout is not None
        pids = [int(word) for word in parent.stdout.readline().split()]
        assert len(pids) == 1
        assert all(alive(pid) for pid in pids)
        parent.kill()
    assert until(lambda: not any(alive(pid) for pid in pids))


def test_a_worker_that_can_not_start_says_why(services: dict[str, str], tmp_path: Path) -> None:
    variables = {**services, "MASTERX_PROVIDERS_FILE": "/nowhere.yaml"}
    with pytest.raises(LocalStackError, match=r"routing-0 ended at start \(status 78\): .*/nowhere\.yaml"):
        Workers(tmp_path, variables, {"routing": 1}).start()


def test_a_wrong_app_names_the_right_ones(masterx: Masterx) -> None:
    done = masterx("worker", "corr")
    assert done.code == exits.USAGE
    assert "'core', 'routing', 'sinks'" in done.error


def test_a_place_for_tables_that_can_not_be_written_is_code_73(masterx: Masterx, services: dict[str, str]) -> None:
    done = masterx("worker", "sinks", **{**services, "MASTERX_DATA_DIR": "/proc/nowhere"})
    assert done.code == exits.CANNOT_CREATE
    assert "set MASTERX_DATA_DIR" in done.error
