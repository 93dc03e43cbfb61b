"""`masterx up` as people run it: a process of its own in a folder of its own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli import exits
from tests.cli.test_workers import alive, until

pytestmark = pytest.mark.kafka

ROOT = Path(__file__).parents[2]
MASTERX = (sys.executable, "-m", "cli.main")


def environment() -> dict[str, str]:
    """Ours, without addresses that another test may have set."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("MASTERX_")},
        "PYTHONPATH": str(ROOT),
    }


@contextmanager
def running(folder: Path, *options: str, **variables: str) -> "Iterator[subprocess.Popen[str]]":
    """`masterx up` in `folder`, once it is ready; killed on the way out where it still runs."""
    errors = (folder / "up.err").open("w")
    with (
        errors,
        subprocess.Popen(
            [*MASTERX, "up", *options],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=folder,
            env=environment() | variables,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            assert process.stdout.readline(), (folder / "up.err").read_text()
            yield process
        finally:
            process.kill()


def call(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*MASTERX, *arguments], capture_output=True, text=True, cwd=folder, env=environment())


def descendants(pid: int) -> list[int]:
    """The ids of all processes below `pid`."""
    found: list[int] = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            child = int(stat.parent.name)
            found += [child, *descendants(child)]
    return found


def test_other_commands_find_it_and_a_signal_ends_all(tmp_path: Path) -> None:
    with running(tmp_path) as up:
        children = descendants(up.pid)
        assert len(children) >= 4
        assert call(tmp_path, "topics", "list").returncode == exits.OK
        asked = call(tmp_path, "sql", "SELECT count() AS n FROM fact_messages", "-f", "csv")
        assert asked.stdout == '"n"\n0\n'
        second = call(tmp_path, "up")
        assert second.returncode == exits.CANNOT_CREATE
        assert "in use by a local stack" in second.stderr
        assert len(second.stderr.splitlines()) == 1
        up.send_signal(signal.SIGTERM)
        assert up.wait(60) == exits.OK
    assert until(lambda: not any(alive(child) for child in children))
    after = call(tmp_path, "topics", "list")
    assert after.returncode == exits.UNAVAILABLE
    assert "Traceback" not in (tmp_path / "up.err").read_text() + after.stderr


def test_ctrl_c_while_the_broker_starts_is_heard_at_once(tmp_path: Path) -> None:
    log = tmp_path / ".masterx/stack/kafka/kafka.log"
    with subprocess.Popen([*MASTERX, "up"], stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environment()) as up:
        try:
            assert until(lambda: log.exists() and bool(log.read_text()), 120.0)
            children = descendants(up.pid)
            up.send_signal(signal.SIGINT)
            _, said = up.communicate(timeout=60)
        finally:
            up.kill()
    assert up.returncode == exits.INTERRUPTED
    assert said.splitlines()[-1] == "interrupted"
    assert "Traceback" not in said
    assert "STARTED" not in log.read_text()
    assert until(lambda: not any(alive(child) for child in children))


def test_killed_it_takes_its_parts_and_workers_along(tmp_path: Path) -> None:
    with running(tmp_path, "--workers", "--json") as up:
        children = descendants(up.pid)
        assert len(children) >= 7
        up.kill()
        up.wait()
    assert until(lambda: not any(alive(child) for child in children))


def test_logins_of_other_services_in_env_are_not_tried_here(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "MASTERX_CLICKHOUSE_USER=masterx\nMASTERX_CLICKHOUSE_PASSWORD=sesame\nMASTERX_REDIS_PASSWORD=sesame\n"
        "MASTERX_KAFKA_SECURITY_PROTOCOL=SASL_SSL\nMASTERX_KAFKA_USER=me\nMASTERX_KAFKA_PASSWORD=sesame\n"
    )
    with running(tmp_path, "--broker", "pocket"):
        for command in (("sql", "SELECT 1"), ("topics", "list")):
            done = call(tmp_path, *command)
            assert done.returncode == exits.OK, done.stderr


def test_a_model_of_ones_own_on_this_machine_is_not_replaced_by_the_test_provider(tmp_path: Path) -> None:
    # Nothing answers there, and nobody asks: there are no workers.
    with running(tmp_path, "--broker", "pocket", MASTERX_LOCAL_PROVIDER_URL="http://127.0.0.1:9/v1") as up:
        assert until(lambda: "ready" in (tmp_path / "up.err").read_text())
        up.send_signal(signal.SIGTERM)
        assert up.stdout is not None
        said = up.stdout.read()
    assert "export MASTERX_REDIS_URL" in said
    assert "MASTERX_LOCAL_PROVIDER_URL" not in said


def test_a_port_that_is_taken_is_one_line_and_code_73(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = call(tmp_path, "up", "--broker", "pocket", "--clickhouse-port", str(port))
    assert done.returncode == exits.CANNOT_CREATE
    # The line before it says what the pocket broker means.
    line = done.stderr.splitlines()[-1]
    assert f"port {port} for clickhouse is taken" in line


@pytest.mark.parametrize("broker", ["rabbit", "127.0.0.1:1"])
def test_a_broker_that_is_none_is_one_line_and_code_73(tmp_path: Path, broker: str) -> None:
    done = call(tmp_path, "up", "--broker", broker)
    assert done.returncode == exits.CANNOT_CREATE
    [line] = done.stderr.splitlines()
    assert broker in line
