"""The demo as people start it: a process of its own, and what it leaves behind."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path
from types import TracebackType
from typing import Self

from cli.stack import other_provider_keys

ROOT = Path(__file__).parents[3]


class Demo:
    """`masterx demo ARGUMENTS` in `folder`, with no provider's key and no settings of ours.

    Its processes carry a mark in their environment, by which any that is left is found.
    """

    def __init__(self, folder: Path, *arguments: str, **variables: str) -> None:
        self.folder = folder
        self._mark = uuid.uuid4().hex
        hidden = {*other_provider_keys(), "COLUMNS", "LINES"}
        own = {name: value for name, value in os.environ.items() if not name.startswith("MASTERX_")}
        self.environment = {name: value for name, value in own.items() if name not in hidden} | variables
        self._environment = {
            **self.environment,
            "DEMO_TEST_MARK": self._mark,
            "TMPDIR": str(folder),
            "PYTHONPATH": str(ROOT),
        }
        self._command = [sys.executable, "-m", "cli.main", "demo", *arguments]
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.said: list[str] = []

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def until(self, part: str, seconds: float = 120.0) -> str:
        """The first line from here on that holds `part`. Fails when it has not come after `seconds`."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                line = self._lines.get(timeout=left)
            except queue.Empty:
                break
            self.said.append(line)
            if part in line:
                return line
            if line == "" and self._process.poll() is not None:
                break
        raise AssertionError(f"no {part!r} in:\n{self.all_said()}")

    def interrupt(self) -> None:
        """Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def ended(self, seconds: float = 120.0) -> int:
        """Its exit code, once it has ended."""
        code = self._process.wait(seconds)
        self._reader.join()
        return code

    def all_said(self) -> str:
        """Everything that it has printed until now."""
        while not self._lines.empty():
            self.said.append(self._lines.get())
        return "\n".join(self.said)

    def left(self, seconds: float = 5.0) -> list[str]:
        """The command lines of its processes that still run after `seconds`."""
        deadline = time.monotonic() + seconds
        while (found := self._running()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return found

    def _running(self) -> list[str]:
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if self._mark.encode() not in (process / "environ").read_bytes():
                    continue
                if (process / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z":
                    found.append((process / "cmdline").read_text().replace("\0", " "))
            except OSError:
                continue
        return found

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put("")
