"""Brings up everything that the demo runs on, so that Ctrl-C ends it at any moment and at once."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from local.errors import LocalStackError
from local.service import Service

if TYPE_CHECKING:
    from cli.workers import Workers
    from config.settings import Settings

PROVIDERS = Path(__file__).with_name("providers.yaml")
LOOK_SECONDS = 0.1

Progress = Callable[[str], None]


class Startup:
    """The local stack, topics, tables, a provider where none can be called, and one worker of each app.

    `place` holds all data and logs. `rehearse` starts the rehearsal provider, with `seed`, and makes it the only one.
    Use it as a context manager; entering blocks until everything answers. Raises `LocalStackError` and `Failure`.
    """

    def __init__(
        self, chosen: "Settings", broker: str, place: Path, *, rehearse: bool, progress: Progress = lambda _line: None
    ) -> None:
        from local.rehearsal import Rehearsal
        from local.stack import Stack

        self._chosen = chosen
        self._place = place
        self._progress = progress
        self._began = time.monotonic()
        self.stack: Stack = Stack(place / "stack", broker=broker, provider=False, say=self._say)
        self.rehearsal: Rehearsal | None = Rehearsal(place / "rehearsal") if rehearse else None
        self.workers: Workers | None = None
        self.settings = chosen
        self.variables: dict[str, str] = {}

    @property
    def services(self) -> list[Service]:
        """Everything that runs, or is being started, now."""
        own = [self.rehearsal] if self.rehearsal is not None else []
        return [*self.stack.services, *own, *(self.workers or ())]

    def look(self) -> None:
        """Raise `Failure` when a worker has ended by itself."""
        for worker in self.workers.ended if self.workers is not None else ():
            raise worker.end()

    def __enter__(self) -> Self:
        from cli.stack import fetch_jars

        # Here and not in the thread: Ctrl-C has to end Maven too.
        fetch_jars(self.stack, self._progress)
        problem: BaseException | None = None
        done = threading.Event()

        def work() -> None:
            nonlocal problem
            try:
                self._start()
            except BaseException as error:
                problem = error
            finally:
                done.set()

        # Not the thread itself is waited for: Python 3.11 takes a join that is interrupted for the thread's end.
        threading.Thread(target=work, name="startup", daemon=True).start()
        try:
            while not done.wait(LOOK_SECONDS):
                pass
        except BaseException:
            self._end_now(done)
            raise
        if problem is not None:
            self.stop()
            raise problem
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # All that was to be kept is in ClickHouse by now, and nothing of it outlives the demo.
        _kill(self.services)
        self.stop()

    def stop(self) -> None:
        """End everything, workers first; data stays."""
        if self.workers is not None:
            self.workers.stop()
        if self.rehearsal is not None:
            self.rehearsal.stop()
        self.stack.stop()

    def _start(self) -> None:
        from cli import stack as local
        from cli.clickhouse import connected
        from cli.workers import Workers
        from sinks.migrate import migrate

        names = ["the pocket broker" if self.stack.broker == "pocket" else "Kafka", "ClickHouse", "Valkey"]
        self._say(f"starting {', '.join(names)}{' and the rehearsal provider' if self.rehearsal else ''}")
        _side_by_side(self.stack.start, *([self.rehearsal.start] if self.rehearsal is not None else []))
        self.variables = {**local.exported(self._chosen), **self.stack.environment()}
        if self.rehearsal is not None:
            self.variables |= {
                "MASTERX_PROVIDERS_FILE": str(PROVIDERS),
                "MASTERX_REHEARSAL_URL": self.rehearsal.base_url,
            }
        self.settings = settings = local.settings_for(self.variables)

        def tables() -> None:
            with connected(settings, database=False) as client:
                migrate(client, settings)

        self._say("making topics and tables")
        _side_by_side(lambda: local.make_topics(settings), tables)
        self._say("starting the workers: core, routing, sinks")
        self.workers = Workers(self._place / "workers", self.variables)
        self.workers.start()
        self._say("everything answers")

    def _say(self, line: str) -> None:
        self._progress(f"{time.monotonic() - self._began:4.1f} s  {line}")

    def _end_now(self, done: threading.Event) -> None:
        # A part that is being started is waited for by its thread: once its process is gone, the wait is over.
        while not done.wait(LOOK_SECONDS):
            _kill(self.services)
        _kill(self.services)
        self.stop()


def _kill(services: Iterable[Service]) -> None:
    for service in services:
        try:
            os.killpg(service.pid, signal.SIGKILL)
        except (LocalStackError, ProcessLookupError, PermissionError):
            continue


def _side_by_side(*jobs: Callable[[], object]) -> None:
    """Run the jobs at once and wait for all; the first error is raised."""
    with ThreadPoolExecutor(max_workers=len(jobs)) as pool:
        begun = [pool.submit(job) for job in jobs]
    for job in begun:
        job.result()
