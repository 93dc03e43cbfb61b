"""`python -m benchmarks.restore [--learners 100000 1000000]`: fills the changelog, restores it, prints one line."""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from aiokafka.partitioner import murmur2
from confluent_kafka import Producer

from agents.profile.observe import observe_attempt, observe_response
from agents.profile.shared import Shared
from agents.profile.state import loads
from benchmarks import history
from benchmarks.profile.stream import history as events_of
from cli.stack import environment, settings_for
from cli.workers import Worker
from config.settings import Settings
from local.stack import Stack
from pipeline import admin, changelogs
from pipeline.delivery import seen
from pipeline.names import app_id
from schemas.ids import learner_key

EVENTS_A_LEARNER = 20
TEMPLATES = 50
STATEFUL = ("context", "emotion", "profile", "analytics")
MOST_SECONDS = 1200.0


def say(line: str) -> None:
    """Progress, on standard error."""
    print(line, file=sys.stderr, flush=True)


def stored_values() -> list[bytes]:
    """Profiles as the table keeps them, ids of their last inputs included, after `EVENTS_A_LEARNER` events each."""
    observe = {"attempt": observe_attempt, "response": observe_response}
    values = []
    for learner in range(TEMPLATES):
        shared = Shared()
        state, ring = b"", b""
        for number, (kind, event) in enumerate(events_of(learner, EVENTS_A_LEARNER, shared.curriculum)):
            state = observe[kind](loads(state), event, shared).state.dumps()
            ring = seen.add(ring, seen.digest(kind, str(number)), 256)
        values.append(seen.pack(ring, state))
    return values


def keys(learners: int) -> Iterator[bytes]:
    """The learners' keys."""
    return (learner_key("restore", f"learner-{number}") for number in range(learners))


def fill(settings: Settings, learners: int, values: list[bytes]) -> None:
    """Put one profile a learner into the changelog, where the worker would have put it."""
    topic = changelogs.name(app_id("core"), "profile")
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "linger.ms": 50, "compression.type": "lz4"})
    for number, key in enumerate(keys(learners)):
        partition = (murmur2(key) & 0x7FFFFFFF) % settings.partitions
        while True:
            try:
                producer.produce(topic, values[number % len(values)], key, partition=partition)
                break
            except BufferError:
                producer.poll(0.1)
        if number % 100_000 == 99_999:
            say(f"{number + 1} profiles written")
    if producer.flush(120):
        raise SystemExit("the broker did not take all profiles in time")


def start_seconds(stack: Stack, directory: Path) -> tuple[float, int]:
    """Seconds from the start of a core worker with an empty store until it works; and its peak memory then, bytes."""
    worker = Worker("core", 0, directory, environment(stack, test_provider=True))
    worker.start_seconds = MOST_SECONDS
    began = time.monotonic()
    worker.start()
    took = time.monotonic() - began
    memory = worker.rss_bytes()
    worker.stop()
    return took, memory


def measure(directory: Path, learners: int, values: list[bytes]) -> dict[str, float | int]:
    """One worker with nothing to restore against one with `learners` profiles."""
    with Stack(directory / "stack", broker="kafka") as stack:
        settings = settings_for(environment(stack, test_provider=True))
        admin.create(settings)
        changelogs.ensure(settings, [changelogs.name(app_id("core"), name) for name in STATEFUL], settings.partitions)
        empty, _ = start_seconds(stack, directory / "empty")
        say(f"nothing to restore: {empty:.1f} s until the worker works")
        fill(settings, learners, values)
        full, memory = start_seconds(stack, directory / "full")
        say(f"{learners} profiles to restore: {full:.1f} s")
    return {
        "restore_s": round(full - empty, 1),
        "profiles_per_s": round(learners / max(full - empty, 0.001)),
        "worker_mb": round(memory / 2**20),
    }


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.restore", description=__doc__)
    parser.add_argument("--learners", type=int, nargs="+", default=[100_000, 1_000_000])
    options = parser.parse_args()
    values = stored_values()
    figures: dict[str, object] = {"bytes_per_profile": round(sum(map(len, values)) / len(values))}
    for learners in options.learners:
        with tempfile.TemporaryDirectory(prefix="masterx-restore-") as directory:
            for name, figure in measure(Path(directory), learners, values).items():
                figures[f"{name}_{learners}"] = figure
    history.record("restore", figures)


if __name__ == "__main__":
    main()
