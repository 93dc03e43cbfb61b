"""`python -m local.main up` as a user starts and ends it."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local.errors import LocalStackError
from local.stack import running_environment
from tests.local.processes import all_gone, children_of

COMMAND = [sys.executable, "-m", "local.main", "up"]


def start(directory: Path) -> tuple["subprocess.Popen[str]", dict[str, str]]:
    process = subprocess.Popen(
        [*COMMAND, "--dir", str(directory), "--broker", "pocket", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise AssertionError(process.communicate()[1])
    return process, json.loads(line)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_all_children_go_however_it_ends(tmp_path: Path, number: signal.Signals) -> None:
    process, addresses = start(tmp_path)
    children = children_of(process.pid)
    assert len(children) == 4
    assert running_environment(tmp_path) == addresses
    host, _, port = addresses["MASTERX_KAFKA_BOOTSTRAP"].partition(":")
    socket.create_connection((host, int(port)), timeout=5).close()
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == (-9 if number == signal.SIGKILL else 0)
    assert "messages are kept in memory only, one worker per group" in errors
    assert all_gone(children)
    with pytest.raises(LocalStackError, match="no local stack runs on"):
        running_environment(tmp_path)


def test_what_is_wrong_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = subprocess.run([*COMMAND, "--dir", str(tmp_path / "file" / "x")], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("error: cannot write to")
    assert done.stderr.count("\n") == 1
