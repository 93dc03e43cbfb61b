"""Children that must not outlive their parent."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from local.spawner import spawn
from tests.local.processes import all_gone, is_alive

PARENT = """
import sys, time
from pathlib import Path
from local.spawner import spawn
with open(sys.argv[1] + "/log", "ab") as log:
    child = spawn(["sleep", "600"], log=log, directory=Path(sys.argv[1]), mode=sys.argv[2])
print(child.pid, flush=True)
time.sleep(600)
"""


def start_parent(directory: Path, mode: str) -> tuple["subprocess.Popen[str]", list[int]]:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(directory), mode], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    assert parent.stdout is not None
    wrapper = int(parent.stdout.readline())
    pids = [wrapper]
    if mode == "pipe":
        # The wrapper stays, and runs the command as its own child.
        children = Path(f"/proc/{wrapper}/task/{wrapper}/children")
        while not children.read_text().split():
            time.sleep(0.01)
        pids += [int(child) for child in children.read_text().split()]
    return parent, pids


@pytest.mark.parametrize("mode", ["prctl", "pipe"])
@pytest.mark.parametrize("end", ["kill", "terminate"])
def test_a_child_goes_with_its_parent(tmp_path: Path, mode: str, end: str) -> None:
    parent, pids = start_parent(tmp_path, mode)
    assert all(is_alive(pid) for pid in pids)
    getattr(parent, end)()
    parent.wait()
    assert parent.stdout is not None
    parent.stdout.close()
    assert all_gone(pids)


def test_a_child_outlives_the_thread_that_asked_for_it(tmp_path: Path) -> None:
    started: list[subprocess.Popen[bytes]] = []
    with (tmp_path / "log").open("ab") as log:
        thread = threading.Thread(target=lambda: started.append(spawn(["sleep", "600"], log=log, directory=tmp_path)))
        thread.start()
        thread.join()
    (child,) = started
    time.sleep(0.3)
    assert child.poll() is None
    child.kill()
    child.wait()
    assert child.stdin is not None
    child.stdin.close()


def test_another_version_of_the_program_is_started_where_its_path_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas/__init__.py").write_text("print('another version')")
    with (tmp_path / "log").open("ab") as log:
        command = [sys.executable, "-c", "import schemas, local.spawner"]
        child = spawn(command, log=log, directory=tmp_path / "schemas", environment={"PYTHONPATH": str(tmp_path)})
    assert child.wait() == 0
    assert child.stdin is not None
    child.stdin.close()
    assert (tmp_path / "log").read_text() == "another version\n"
