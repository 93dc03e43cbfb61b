"""What grows while the system runs: memory, descriptors, disk."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.faults.rig import Rig
from local.service import Service

HOUR_SECONDS = 3600.0
MB = 2**20
LOOK_EVERY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One look. `quiet`: no fault was being injected, so that everything had been up for a while."""

    seconds: float
    quiet: bool
    worker_bytes: int
    descriptors: int
    disk_bytes: int


def slope_per_hour(points: Sequence[tuple[float, float]]) -> float:
    """The least-squares slope of (seconds, value), by the hour; 0 where there are not two moments."""
    if len({at for at, _ in points}) < 2:
        return 0.0
    mean_at = sum(at for at, _ in points) / len(points)
    mean = sum(value for _, value in points) / len(points)
    spread = sum((at - mean_at) ** 2 for at, _ in points)
    return sum((at - mean_at) * (value - mean) for at, value in points) / spread * HOUR_SECONDS


def services(rig: Rig) -> Iterator[Service]:
    """Everything that runs, workers included."""
    yield from rig.stack.services
    for workers in rig.workers.values():
        yield from workers


def descriptors(rig: Rig) -> int:
    """Open file descriptors of all processes."""
    found = 0
    for service in list(services(rig)):
        try:
            found += sum(1 for _ in Path(f"/proc/{service.pid}/fd").iterdir())
        except (OSError, RuntimeError):
            continue
    return found


def disk_bytes(directory: Path) -> int:
    """Blocks taken by the files below `directory`; files that go away meanwhile count nothing."""
    found = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            try:
                found += os.lstat(os.path.join(folder, name)).st_blocks * 512  # noqa: PTH118 - thousands of them
            except OSError:
                continue
    return found


class Sampler:
    """Looks every two seconds in a thread of its own while the context lasts; `quiet()` is asked at each look."""

    def __init__(self, rig: Rig, quiet: Callable[[], bool]) -> None:
        self._rig = rig
        self._quiet = quiet
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.samples: list[Sample] = []

    def __enter__(self) -> "Sampler":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        began = time.monotonic()
        while not self._over.wait(LOOK_EVERY_SECONDS):
            quiet = self._quiet()
            self.samples.append(
                Sample(
                    time.monotonic() - began,
                    quiet,
                    self._rig.worker_bytes(),
                    descriptors(self._rig),
                    disk_bytes(self._rig.directory),
                )
            )


def growth(samples: Sequence[Sample]) -> dict[str, float]:
    """Slopes over the quiet samples of all but the first fifth, in which caches fill; by the hour."""
    kept = [sample for sample in samples[len(samples) // 5 :] if sample.quiet] or list(samples)
    return {
        "rss_slope_mb_per_h": round(slope_per_hour([(s.seconds, s.worker_bytes / MB) for s in kept]), 1),
        "fds_first": float(kept[0].descriptors) if kept else 0.0,
        "fds_last": float(kept[-1].descriptors) if kept else 0.0,
        "fds_slope_per_h": round(slope_per_hour([(s.seconds, float(s.descriptors)) for s in kept]), 1),
        "disk_slope_mb_per_h": round(slope_per_hour([(s.seconds, s.disk_bytes / MB) for s in kept]), 1),
        "rss_last_mb": round(kept[-1].worker_bytes / MB, 1) if kept else 0.0,
    }
