"""The profile stage as a worker on a real broker: what all learners teach, through kills, rebalances and stops."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka.partitioner import murmur2
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition

from agents.profile.shared import DIFFICULTY, Learned, read
from config.settings import Settings
from local.stack import Stack
from pipeline import admin
from schemas.codec import Event, decode, encode
from schemas.ids import learner_key
from schemas.topics import ATTEMPTS, LEARNING_EVENTS, SHARED, Topic
from tests.agents.profile.given import MINUTE, NOON, attempt

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

WORKER = """
import sys
from agents.profile.agent import stage
from cli.apps import check
from config.settings import Settings
from pipeline.worker import run
settings = Settings(kafka_bootstrap=sys.argv[1], data_dir=sys.argv[2], shared_seconds=float(sys.argv[3]))
sys.exit(run("profile", [stage(settings)], settings, check=check(settings), ready=lambda: print("ready", flush=True)))
"""
PARTITIONS = 4
PATIENCE = 90.0
SELDOM = 3600.0


class Place:
    """A broker with the topics made, attempts sent to a partition of choice, and workers of one group."""

    def __init__(self, directory: Path, bootstrap: str) -> None:
        self.directory = directory
        self.bootstrap = bootstrap
        self.producer = Producer({"bootstrap.servers": bootstrap})
        self.workers: list[subprocess.Popen[str]] = []
        self.learners = 0

    def start(self, every: float) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", WORKER, self.bootstrap, str(self.directory / "workers"), str(every)]
        with (self.directory / "worker.log").open("a") as log:
            worker = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        self.workers.append(worker)
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n", (self.directory / "worker.log").read_text()[-3000:]
        return worker

    def stop(self, worker: subprocess.Popen[str], how: signal.Signals) -> None:
        worker.send_signal(how)
        worker.wait(PATIENCE)
        assert worker.stdout is not None
        worker.stdout.close()
        self.workers.remove(worker)

    def end(self) -> None:
        for worker in list(self.workers):
            self.stop(worker, signal.SIGKILL)

    def send(self, partition: int, count: int = 1, **fields: Any) -> list[Event]:
        """An attempt each of `count` new learners whose records are in `partition`."""
        events = []
        while len(events) < count:
            self.learners += 1
            learner = f"learner-{self.learners}"
            key = learner_key("school", learner)
            if (murmur2(key) & 0x7FFFFFFF) % PARTITIONS != partition:
                continue
            event = attempt(at=NOON + self.learners * MINUTE, learner_id=learner, concept="multiplication", **fields)
            self.producer.produce(ATTEMPTS.name, encode("Attempt", event), key, partition)
            events.append(event)
        assert self.producer.flush(30) == 0
        return events

    def all(self, topic: Topic) -> list[Event]:
        """Everything that is on `topic` now."""
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "test", "enable.partition.eof": False})
        try:
            places = [TopicPartition(topic.name, number, OFFSET_BEGINNING) for number in range(PARTITIONS)]
            ends = [consumer.get_watermark_offsets(place, timeout=30)[1] for place in places]
            consumer.assign(places)
            found: list[Event] = []
            # By place: what is written meanwhile to one must not stand for what is still to come from another.
            while len(found) < sum(ends):
                message = consumer.poll(30)
                assert message is not None, f"{sum(ends) - len(found)} records of {topic.name} do not come"
                assert message.error() is None
                if message.offset() < ends[message.partition()]:
                    found.append(decode(topic.event, message.value()))
            return found
        finally:
            consumer.close()

    def attempts_published(self) -> dict[int, int]:
        """Source partition → attempts in its difficulty sums, as published last."""
        latest: dict[int, Event] = {}
        for event in self.all(SHARED):
            if event["kind"] == DIFFICULTY:
                before = latest.get(event["source_partition"])
                assert before is None or event["revision"] > before["revision"]
                latest[event["source_partition"]] = event
        return {partition: round(attempts(event)) for partition, event in latest.items()}

    def predicted(self, of: Event) -> float:
        """What was expected of one attempt, once it is known."""
        found: list[float] = []

        def there() -> bool:
            found[:] = [
                event["predicted"]
                for event in self.all(LEARNING_EVENTS)
                if event["kind"] == "attempt_predicted" and event["learner_id"] == of["learner_id"]
            ]
            return bool(found)

        until(there, f"no prediction of {of['learner_id']}")
        assert len(found) == 1
        return found[0]


def attempts(event: Event) -> float:
    sums = read(event)
    assert sums is not None
    assert not isinstance(sums, dict)
    return Learned(difficulty=sums).difficulty.total[0]


def until(holds: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.2)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    directory = tmp_path_factory.mktemp("profile-agent")
    with Stack(directory, broker="kafka", clickhouse=False, redis=False, provider=False) as stack:
        bootstrap = stack.environment()["MASTERX_KAFKA_BOOTSTRAP"]
        admin.create(Settings(kafka_bootstrap=bootstrap, partitions=PARTITIONS))
        yield bootstrap


@pytest.fixture
def place(broker: str, tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path, broker)
    yield made
    made.end()
    # Shown by pytest where a test failed.
    print((tmp_path / "worker.log").read_text(errors="replace")[-3000:])


def test_what_one_partition_learns_another_knows_and_a_killed_worker_goes_on_from_it(place: Place) -> None:
    worker = place.start(every=0.3)
    [naive] = place.send(1, item_id="mul-1")
    before = place.predicted(naive)
    place.send(0, 40, correct=False, item_id="mul-1")
    until(lambda: place.attempts_published() == {0: 40, 1: 1}, "the sums were not published")

    # Right answers of its own could only make partition 1 expect more.
    until(lambda: place.predicted(place.send(1, item_id="mul-1")[0]) < before - 0.1, f"it still expects {before}")

    known = place.attempts_published()[1]
    until(lambda: len(of_partition_1(place)) == place.attempts_published()[1] >= known, "not all was published")
    published = place.attempts_published()
    place.stop(worker, signal.SIGKILL)
    place.start(every=0.3)
    place.send(0, item_id="mul-2")
    until(lambda: place.attempts_published() == published | {0: 41}, f"{place.attempts_published()}, not one more")


def of_partition_1(place: Place) -> set[str]:
    return {
        event["event_id"]
        for event in place.all(ATTEMPTS)
        if (murmur2(learner_key("school", event["learner_id"])) & 0x7FFFFFFF) % PARTITIONS == 1
    }


def test_stops_and_rebalances_lose_nothing_and_count_nothing_twice(place: Place) -> None:
    before = place.attempts_published()
    first = place.start(every=SELDOM)
    place.learners = 10_000
    place.send(0, 5)
    place.send(2, 5)
    place.predicted(place.send(2)[0])
    # The other one's coming takes every partition from the first and gives each to one of them.
    second = place.start(every=SELDOM)
    until(lambda: place.attempts_published().get(2) == before.get(2, 0) + 6, "not published when revoked")
    for partition in (0, 1, 2, 3):
        place.predicted(place.send(partition)[0])
    place.stop(first, signal.SIGTERM)
    place.stop(second, signal.SIGTERM)
    added = {0: 6, 1: 1, 2: 7, 3: 1}
    assert place.attempts_published() == {
        partition: before.get(partition, 0) + count for partition, count in added.items()
    }
