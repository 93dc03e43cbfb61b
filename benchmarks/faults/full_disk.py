"""A worker whose table store lies on a file system that becomes full."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.faults.watch import Underway
from local.errors import LocalStackError
from pipeline.app import EXIT_FAILED

SIZE = "1g"
PATIENCE_SECONDS = 60.0


def possible() -> bool:
    """Whether this machine lets us mount a file system of our own: Linux, as root."""
    return os.geteuid() == 0 and Path("/proc/filesystems").exists() and "tmpfs" in Path("/proc/filesystems").read_text()


@contextmanager
def small_file_system(at: Path) -> Iterator[None]:
    """A file system of `SIZE` in memory, mounted at `at` while the context lasts. Raises `LocalStackError`."""
    at.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(at)], capture_output=True, text=True
    )
    if mounted.returncode:
        raise LocalStackError(f"cannot mount a small file system: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(at)], check=False, capture_output=True)


def fill(directory: Path) -> Path:
    """Take all room that is left in `directory`'s file system; the file that takes it."""
    ballast = directory / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (2**20, 2**12, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    return ballast


def table_store_full(run: Underway) -> None:
    """The core worker's tables can't be written for a while: it must end, acknowledge nothing of it, and come back."""
    place = run.rig.directory / "small"
    with small_file_system(place):
        run.rig.drop(run.rig.the("core"))
        worker = run.rig.add("core", MASTERX_DATA_DIR=str(place))
        run.until(0.3)
        ballast = fill(place)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while worker.exit_code is None and time.monotonic() < deadline:
            time.sleep(0.1)
        code = worker.exit_code
        ballast.unlink()
        if code != EXIT_FAILED:
            raise LocalStackError(f"the worker without room for its tables has exit code {code}, not {EXIT_FAILED}")
        worker.start()
        run.until(0.8)
        run.rig.drop(worker)
    run.rig.add("core")
