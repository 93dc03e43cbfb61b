"""Worker processes as children: started, waited for, stopped, killed; none outlives this process."""

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from types import TracebackType
from typing import Self

from cli.apps import APPS
from cli.exits import BAD_RESULT, Failure
from local.service import Service

METRICS_PORT = "MASTERX_METRICS_PORT"


class Worker(Service):
    """`masterx worker APP` as a child. It is ready once it has its partitions.

    `start` raises `LocalStackError` with the worker's last words when it ends at start. `kill` is SIGKILL; a killed
    or stopped worker can be started again.
    """

    # It restores its tables first: some 100,000 learners' in half a minute on two cores.
    start_seconds = 600.0
    stop_seconds = 20.0

    def __init__(self, app: str, number: int, directory: Path, environment: Mapping[str, str]) -> None:
        super().__init__(directory)
        self.app = app
        self.name = f"{app}-{number}"
        self._environment = {"MASTERX_DATA_DIR": str(directory / "tables"), **environment}

    @property
    def _ready_file(self) -> Path:
        return self.directory / f"{self.name}.ready"

    def environment(self) -> Mapping[str, str]:
        return self._environment

    def prepare(self) -> None:
        self._ready_file.unlink(missing_ok=True)

    def command(self) -> list[str]:
        return [sys.executable, "-m", "cli.main", "worker", self.app, "--ready-file", str(self._ready_file)]

    def answers(self) -> bool:
        return self._ready_file.exists()

    @property
    def exit_code(self) -> int | None:
        """Its exit code once it has ended by itself; None while it runs, and after `stop` and `kill`."""
        return self._process.poll() if self._process is not None else None

    def end(self) -> Failure:
        """How it ended by itself, with its own exit code. Of one that was killed the last words tell nothing."""
        code = self.exit_code or 0
        if code < 0:
            how = f"was killed by {signal.Signals(-code).name}: if nobody did it, the machine had no memory left"
            return Failure(BAD_RESULT, f"worker {self.name} {how} (log: {self.log_path})")
        return Failure(code or BAD_RESULT, f"worker {self.name} ended with exit code {code}: {self._last_words()}")


def _ports(environment: Mapping[str, str], count: int) -> list[dict[str, str]]:
    """Where each of `count` workers shows its metrics: the port that is set and those above it, or nowhere."""
    first = int(environment.get(METRICS_PORT) or 0)
    return [{METRICS_PORT: str(first + place)} if first else {} for place in range(count)]


class Workers:
    """Workers of the three apps, `counts` of each (one unless told), in `directory`.

    `environment` is what the workers get on top of ours: the addresses, above all; `own` is what those of one app get
    besides: how it logs in. Use it as a context manager.
    """

    def __init__(
        self,
        directory: Path | str,
        environment: Mapping[str, str],
        counts: Mapping[str, int] | None = None,
        own: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self.directory = Path(directory).absolute()
        wanted = counts if counts is not None else dict.fromkeys(APPS, 1)
        names = [(app, number) for app, count in wanted.items() for number in range(count)]
        ports = _ports({**os.environ, **environment}, len(names))
        self._workers = [
            Worker(app, number, self.directory, {**environment, **(own or {}).get(app, {}), **port})
            for (app, number), port in zip(names, ports, strict=True)
        ]

    def __iter__(self) -> Iterator[Worker]:
        return iter(self._workers)

    def of(self, app: str) -> tuple[Worker, ...]:
        """The workers of `app`."""
        return tuple(worker for worker in self._workers if worker.app == app)

    @property
    def ended(self) -> tuple[Worker, ...]:
        """Those that have ended by themselves."""
        return tuple(worker for worker in self._workers if worker.exit_code is not None)

    def start(self) -> None:
        """Start all and wait until each has its partitions; when one can't, all are stopped.

        Raises `LocalStackError`.
        """
        pool = ThreadPoolExecutor(max_workers=len(self._workers) or 1)
        try:
            for start in as_completed([pool.submit(worker.start) for worker in self._workers]):
                start.result()
        except BaseException:
            # Ctrl-C as well: nobody waits any more for those that are still starting.
            for worker in self._workers:
                worker.give_up()
            self.stop()
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def stop(self) -> None:
        """Ask all to end, wait until they have; what does not end in time is killed."""
        with ThreadPoolExecutor(max_workers=len(self._workers) or 1) as pool:
            for done in [pool.submit(worker.stop) for worker in self._workers]:
                done.result()

    def kill(self) -> None:
        """SIGKILL for all."""
        for worker in self._workers:
            worker.kill()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
