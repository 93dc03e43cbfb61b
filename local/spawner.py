"""Starts child processes from one thread that lives as long as this process.

Linux ties a child's parent-death signal to the thread that forked it, not to the process: a child started from a
thread that ends (a pool's, a test's) would be killed with it.
"""

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import IO

from local.tethered_exec import default_mode

_ROOT = Path(__file__).resolve().parent.parent

_Job = tuple[list[str], dict[str, str], Path, IO[bytes], "Future[subprocess.Popen[bytes]]"]


class Spawner:
    """Owner of the spawning thread; see `spawn`."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._pid = 0

    def _serve(self) -> None:
        while True:
            command, environment, directory, log, future = self._jobs.get()
            try:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=directory,
                    env=environment,
                    start_new_session=True,
                )
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(process)
                del process
            # Or this thread would keep the last child's handle alive.
            del command, environment, directory, log, future

    def spawn(
        self,
        command: Sequence[str],
        *,
        log: IO[bytes],
        directory: Path,
        environment: Mapping[str, str] | None = None,
        mode: str | None = None,
    ) -> "subprocess.Popen[bytes]":
        """Start `command` in a session of its own, tethered to this process; output goes to `log`.

        Raises `OSError` when the interpreter cannot be started. A missing command shows as exit status 1.
        """
        with self._lock:
            if self._pid != os.getpid():
                self._jobs = queue.SimpleQueue()
                self._thread = threading.Thread(target=self._serve, name="spawner", daemon=True)
                self._thread.start()
                self._pid = os.getpid()
        full = {**os.environ, **(environment or {})}
        # A path that is asked for goes first: that is how another version of the program is started.
        asked, inherited = (environment or {}).get("PYTHONPATH", ""), os.environ.get("PYTHONPATH", "")
        full["PYTHONPATH"] = os.pathsep.join(filter(None, [asked, str(_ROOT), inherited]))
        wrapper = str(Path(__file__).with_name("tethered_exec.py"))
        tethered = [sys.executable, "-S", "-E", wrapper, str(os.getpid()), mode or default_mode(), *command]
        future: Future[subprocess.Popen[bytes]] = Future()
        self._jobs.put((tethered, full, directory, log, future))
        return future.result()


spawn = Spawner().spawn
