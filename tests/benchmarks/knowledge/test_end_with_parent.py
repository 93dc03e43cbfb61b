import os
import subprocess
import sys
import time
from pathlib import Path

POOL = """
import multiprocessing, os, pathlib, sys, time
from concurrent.futures import ProcessPoolExecutor
from benchmarks.knowledge.evaluate import end_with_parent

if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=end_with_parent) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        pool.submit(time.sleep, 60).result()
"""


def _gone(pid: int) -> bool:
    try:
        return "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True


def test_a_fit_ends_with_the_command_that_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "pool.py"
    script.write_text(POOL)
    root = Path(__file__).parents[3]
    command = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(root)}
    )
    with command:
        assert command.stdout is not None
        fitting = int(command.stdout.readline())
        assert not _gone(fitting)
        command.kill()
    end = time.monotonic() + 20
    while not _gone(fitting) and time.monotonic() < end:
        time.sleep(0.05)
    assert _gone(fitting)
