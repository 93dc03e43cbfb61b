"""The system under fault: a local stack and worker processes that a case may kill, stop, add and restart."""

import os
import signal
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from cli.clickhouse import connected
from cli.stack import environment, settings_for
from cli.workers import Worker
from config.settings import Settings
from local.stack import Stack
from pipeline import admin
from sinks.migrate import migrate

APPS = ("core", "routing", "sinks")


# A worker's restart takes seconds and two cores carry some fifty messages a second: with the 30 s of the default, what
# waited behind a fault on a busy machine would get the offline reply, and the row would tell of the machine.
DEADLINE_SECONDS = "60"


class Rig:
    """Everything that serves the learners during a run. Use it as a context manager."""

    def __init__(self, directory: Path, extra: Mapping[str, str] | None = None) -> None:
        self.directory = directory
        self._extra = {
            "MASTERX_LOCAL_PROVIDER_CLIENT": "http",
            "MASTERX_DEADLINE_SECONDS": DEADLINE_SECONDS,
            # Made-up traffic asks the same few questions: every one of them is to be a provider's.
            "MASTERX_REPLY_CACHE_HOURS": "0",
            **(extra or {}),
        }
        self._exits = ExitStack()
        self.workers: dict[str, list[Worker]] = {}
        self._started = 0

    stack: Stack
    settings: Settings
    variables: dict[str, str]

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            self.stack = opening.enter_context(Stack(self.directory / "stack", broker="kafka"))
            self.variables = {**environment(self.stack, test_provider=True), **self._extra}
            self.settings = settings_for(self.variables)
            admin.create(self.settings)
            with connected(self.settings) as client:
                migrate(client, self.settings)
            opening.callback(self._stop_workers)
            for app in APPS:
                self.add(app)
            self._exits = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exits.close()

    def _stop_workers(self) -> None:
        for workers in self.workers.values():
            for worker in workers:
                worker.kill()

    def add(self, app: str, **extra: str) -> Worker:
        """Start one more worker of `app` and wait until it has partitions."""
        worker = Worker(app, self._started, self.directory / "workers", {**self.variables, **extra})
        self._started += 1
        worker.start()
        self.workers.setdefault(app, []).append(worker)
        return worker

    def remove(self, worker: Worker) -> None:
        """SIGTERM, as a deploy does it, and wait until it has left."""
        worker.stop()
        self.workers[worker.app].remove(worker)

    def drop(self, worker: Worker) -> None:
        """SIGKILL; the worker does not come back."""
        worker.kill()
        self.workers[worker.app].remove(worker)

    def the(self, app: str) -> Worker:
        """The first worker of `app`."""
        return self.workers[app][0]

    def freeze(self, worker: Worker) -> None:
        """SIGSTOP: it stands still and does not know it."""
        os.kill(worker.pid, signal.SIGSTOP)

    def thaw(self, worker: Worker) -> None:
        """SIGCONT: it goes on as if nothing had happened."""
        os.kill(worker.pid, signal.SIGCONT)

    def worker_bytes(self) -> int:
        """Resident memory of all workers."""
        return sum(worker.rss_bytes() for workers in self.workers.values() for worker in workers)

    def mend(self) -> None:
        """One healthy worker an app, everything else up, the provider well: where the next case begins."""
        self.stack.provider.control({"mode": "ok"})
        self.stack.provider.reset()
        for service in self.stack.services:
            service.start()
        for app in APPS:
            for worker in self.workers.get(app, [])[1:]:
                self.remove(worker)
            if not self.workers.get(app):
                self.add(app)
            self.the(app).start()
