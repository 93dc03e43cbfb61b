"""A service of the local stack: one child process that can be started, stopped, killed and started again in place."""

import os
import signal
import subprocess
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path

from local.errors import LocalStackError
from local.ports import HOST, free_port, require_free
from local.spawner import spawn

TELL_SECONDS = 10.0
LINE_CHARS = 300


class Service(ABC):
    """Data and log live in `directory`; the port stays the same over restarts.

    `start`, `stop` and `kill` block; they may be called from any thread, one at a time. A start that another thread
    waits for ends at once with `give_up`.
    """

    name: str
    # At start, without an answer and without another line in its log: a loaded machine is slow, but it moves.
    start_seconds = 60.0
    # At start, whatever the log says: what tries the same thing again and again has lines too.
    most_start_seconds = 600.0
    stop_seconds = 10.0

    def __init__(self, directory: Path, port: int | None = None) -> None:
        self.directory = directory
        self.port = port or free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._given_up = threading.Event()
        self._lock = threading.RLock()
        # Hears, while a start takes long, what is waited for.
        self.say: Callable[[str], None] = lambda _line: None

    @abstractmethod
    def command(self) -> list[str]:
        """The command line that runs the service in the foreground."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the service takes requests now."""

    def environment(self) -> Mapping[str, str]:
        """Variables that the child gets on top of ours."""
        return {}

    def prepare(self) -> None:  # noqa: B027 (most services need nothing)
        """Make what has to exist in `directory` before each start."""

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    @property
    def log_path(self) -> Path:
        return self.directory / f"{self.name}.log"

    @property
    def pid(self) -> int:
        """Raises `LocalStackError` when the service does not run."""
        if self._process is None:
            raise LocalStackError(f"{self.name} is not running: start it first")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def rss_bytes(self) -> int:
        """Resident memory of the child (Linux). 0 when it does not run."""
        if not self.running:
            return 0
        try:
            pages = Path(f"/proc/{self.pid}/statm").read_text().split()[1]
        except (OSError, LocalStackError):
            # It has ended since.
            return 0
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def start(self) -> None:
        """Start and wait until it answers. Raises `LocalStackError`."""
        with self._lock:
            if self.running:
                return
            self.kill()
            try:
                self.directory.mkdir(parents=True, exist_ok=True)
                log = self.log_path.open("ab")
            except OSError as error:
                raise LocalStackError(
                    f"cannot write to {self.directory} ({error.strerror}): choose another directory"
                ) from error
            with log:
                require_free(self.port, self.name)
                self.prepare()
                self._log_start = log.tell()
                try:
                    self._process = spawn(
                        self.command(), log=log, directory=self.directory, environment=self.environment()
                    )
                except OSError as error:
                    raise LocalStackError(f"{self.name} cannot be started: {error}") from error
            self._wait_until_it_answers()

    def _wait_until_it_answers(self) -> None:
        began = moved = time.monotonic()
        told, logged, pause = began, self._log_start, 0.01
        while not self.answers():
            now = time.monotonic()
            size = self.log_path.stat().st_size
            moved, logged = (moved if size == logged else now), size
            if not self.running:
                status = self._process.poll() if self._process else None
                self.kill()
                raise LocalStackError(f"{self.name} ended at start (status {status}): {self._last_words()}")
            if now > min(moved + self.start_seconds, began + max(self.start_seconds, self.most_start_seconds)):
                self.kill()
                raise LocalStackError(f"{self.name} did not answer within {now - began:.0f} s: {self._last_words()}")
            if now > told + TELL_SECONDS:
                told = now
                self.say(f"{self.name} does not answer yet after {now - began:.0f} s{self._last_line()}")
            if self._given_up.wait(pause):
                self.kill()
                raise LocalStackError(f"{self.name} was not waited for")
            pause = min(pause * 1.5, 0.1)

    def _logged(self) -> list[str]:
        with self.log_path.open("rb") as log:
            log.seek(self._log_start)
            return [line.strip() for line in log.read().decode(errors="replace").splitlines() if line.strip()]

    def _last_line(self) -> str:
        lines = self._logged()
        return f"; its log ends with: {lines[-1][:LINE_CHARS]}" if lines else ""

    def _last_words(self) -> str:
        lines = self._logged()
        # Java names what is wrong first, Python last.
        java = [line for line in lines if line.startswith("Error:")]
        telling = [line for line in lines if "rror" in line or "xception" in line] or lines or ["it said nothing"]
        return f"{(java[0] if java else telling[-1])[:LINE_CHARS]} (log: {self.log_path})"

    def give_up(self) -> None:
        """Let a `start` that waits in another thread raise `LocalStackError`; it can't be started after that."""
        self._given_up.set()

    def stop(self) -> None:
        """Ask it to end, wait, and kill it when `stop_seconds` have passed."""
        with self._lock:
            self._end(signal.SIGTERM, self.stop_seconds)

    def kill(self) -> None:
        """SIGKILL: no clean end, as in a crash."""
        with self._lock:
            self._end(signal.SIGKILL, self.stop_seconds)

    def _end(self, signal_number: int, seconds: float) -> None:
        process = self._process
        if process is None:
            return
        self._signal(process, signal_number)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._signal(process, signal.SIGKILL)
            process.wait()
        if process.stdin is not None:
            process.stdin.close()
        self._process = None

    @staticmethod
    def _signal(process: "subprocess.Popen[bytes]", signal_number: int) -> None:
        if process.poll() is None:
            try:
                os.killpg(process.pid, signal_number)
            except ProcessLookupError:
                process.send_signal(signal_number)
