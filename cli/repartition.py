"""More partitions for the learner topics: makes them, and moves every learner's state to where its key now belongs.

Only while nothing runs and nothing is unread: a record that waits in its old partition would be overtaken by the next
one of its learner, and a worker that wrote meanwhile would write to the old place.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.exits import BAD_RESULT, BAD_SETTING, UNAVAILABLE, USAGE, Failure

if TYPE_CHECKING:
    from confluent_kafka import Consumer, Message, Producer
    from confluent_kafka.admin import AdminClient

    from config.settings import Settings

WAIT_SECONDS = 30.0
# This one's keys are windows, but for the ids of learners' last inputs.
WINDOWS = "masterx-core-analytics-changelog"


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of a topic: its partition counts, and how many keys were moved."""

    topic: str
    before: int
    after: int
    keys: int


def repartition(settings: "Settings", count: int) -> Iterator[Moved]:
    """Bring every learner topic and changelog to `count` partitions and move the keys of those that are state.

    One that ended halfway can be run again. Raises `Failure` while a worker runs or a record is unread, and where a
    topic has more partitions than that.
    """
    from confluent_kafka.admin import AdminClient

    from cli.kafka import reach, require_broker
    from config.kafka import librdkafka

    require_broker(settings)
    if settings.broker == "pocket":
        raise Failure(BAD_SETTING, "the pocket broker takes no more partitions: this needs Apache Kafka")
    admin = AdminClient(librdkafka(settings))
    known = reach(admin, settings)
    topics = _learner_topics(known)
    larger = [topic for topic in topics if known[topic] > count]
    if larger:
        raise Failure(USAGE, f"{larger[0]} has {known[larger[0]]} partitions: Kafka can't take any away")
    _require_rest(admin)
    _widen(admin, {topic: known[topic] for topic in topics if known[topic] < count}, count)
    for topic in topics:
        moved = _move(settings, topic, count) if _is_state(topic) else 0
        yield Moved(topic, known[topic], count, moved)


def _learner_topics(known: Iterable[str]) -> list[str]:
    from pipeline.names import APPS, app_id
    from schemas.topics import ALL

    there = set(known)
    named = [topic.name for topic in ALL if topic.name in there]
    prefixes = tuple(f"{app_id(app)}-" for app in APPS)
    return named + sorted(name for name in there if name.startswith(prefixes) and name.endswith("-changelog"))


def _is_state(topic: str) -> bool:
    from schemas.topics import PROFILES

    # What all learners teach is kept by source partition, which stays what it was.
    return topic == PROFILES.name or topic.endswith("-changelog")


def unread(admin: "AdminClient", app: str, reads: Collection[str]) -> tuple[str, int] | None:
    """A partition, as `topic/number`, of the topics that `app` reads to whose end it has not come, and how many records
    it lacks."""
    from pipeline.names import app_id
    from pipeline.telemetry.lag import positions

    known = admin.list_topics(timeout=WAIT_SECONDS).topics
    # All of them, not those with a commit: where nothing was read yet, everything is unread.
    places = {(topic, number) for topic in reads if topic in known for number in known[topic].partitions}
    found = positions(admin, app_id(app), places)
    for (topic, number), position in sorted(found.items()):
        if position.lag > 0:
            return f"{topic}/{number}", position.lag
    return None


def read_by(app: str) -> frozenset[str]:
    """The topics that the group of `app` reads; what all learners teach is read past the group."""
    from pipeline.access import ACCESS
    from schemas.topics import SHARED

    return frozenset(topic.name for topic in ACCESS[app].reads - {SHARED})


def _require_rest(admin: "AdminClient") -> None:
    from pipeline.names import APPS, app_id

    for app in APPS:
        group = app_id(app)
        described = admin.describe_consumer_groups([group], request_timeout=WAIT_SECONDS)[group]
        if described.exception() is None and described.result().members:
            raise Failure(BAD_RESULT, f"{len(described.result().members)} workers of {app} run: stop them first")
        left = unread(admin, app, read_by(app))
        if left is not None:
            raise Failure(
                BAD_RESULT,
                f"{app} has {left[1]} records of {left[0]} before it: "
                "stop what writes and let the workers finish, then stop them",
            )


def _widen(admin: "AdminClient", topics: dict[str, int], count: int) -> None:
    import time

    from confluent_kafka.admin import NewPartitions

    if not topics:
        return
    for made in admin.create_partitions([NewPartitions(topic, count) for topic in topics]).values():
        made.result()
    over = time.monotonic() + WAIT_SECONDS
    while True:
        known = admin.list_topics(timeout=WAIT_SECONDS).topics
        if all(len(known[topic].partitions) == count for topic in topics):
            return
        if time.monotonic() > over:
            raise Failure(UNAVAILABLE, f"the broker does not show {count} partitions after {WAIT_SECONDS:.0f} s")
        time.sleep(0.1)


def _move(settings: "Settings", topic: str, count: int) -> int:
    from cli.kafka import producer, reader
    from pipeline.delivery.process_batch import RING
    from pipeline.delivery.process_keyed import owner_of
    from pipeline.partitioner import partitioner

    partition_of = partitioner(count)

    def belongs(key: bytes, partition: int) -> int:
        if key.startswith(RING):
            return partition_of(key.removeprefix(RING))
        # Windows stay with the partition that counted them: readers add them up over all partitions.
        # What is stored beside a learner's state goes with it.
        return partition if topic == WINDOWS else partition_of(owner_of(key))

    consumer, client = reader(settings), producer(settings)
    moved = 0
    try:
        for partition in range(count):
            misplaced = _misplaced(consumer, topic, partition, belongs)
            for message in misplaced.values():
                _send(client, topic, message, belongs(message.key() or b"", partition), message.value())
            _flush(client, settings)
            # Only then: one that ends in between has the state twice, and not at all nowhere.
            for message in misplaced.values():
                _send(client, topic, message, partition, None)
            _flush(client, settings)
            moved += len(misplaced)
    finally:
        consumer.close()
    return moved


def _misplaced(
    consumer: "Consumer", topic: str, partition: int, belongs: Callable[[bytes, int], int]
) -> dict[bytes, "Message"]:
    """The last record of each key of a partition that now belongs elsewhere."""
    from cli.kafka import read_through
    from config.kafka_log import Span, watermarks

    low, high = watermarks(consumer, topic, partition)
    last: dict[bytes, Message] = {}
    for message in read_through(consumer, [Span(topic, partition, low, high)]):
        key = message.key() or b""
        if message.value() is None:
            last.pop(key, None)
        elif belongs(key, partition) != partition:
            last[key] = message
    return last


def _send(client: "Producer", topic: str, message: "Message", partition: int, value: bytes | None) -> None:
    while True:
        try:
            client.produce(topic, value, message.key(), partition, headers=message.headers() if value else None)
        except BufferError:
            client.poll(0.05)
        else:
            client.poll(0)
            return


def _flush(client: "Producer", settings: "Settings") -> None:
    if left := client.flush(WAIT_SECONDS):
        raise Failure(UNAVAILABLE, f"Kafka at {settings.kafka_bootstrap} did not take {left} records; run it again")
