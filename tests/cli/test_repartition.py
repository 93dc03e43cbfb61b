"""More partitions on a real broker, on topics of the test's own."""

import time

import pytest
from aiokafka.partitioner import murmur2
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from cli import exits, repartition
from cli.exits import Failure
from cli.learner import readers
from cli.stack import settings_for
from pipeline.delivery.process_batch import RING
from pipeline.delivery.process_keyed import row_key
from tests.cli.conftest import Masterx

pytestmark = pytest.mark.kafka

KEYS = [f"school/learner-{number}".encode() for number in range(40)]


def place(key: bytes, count: int) -> int:
    return int((murmur2(key) & 0x7FFFFFFF) % count)


def held(bootstrap: str, topic: str, count: int) -> dict[tuple[int, bytes], bytes | None]:
    """The last value of each key by partition, tombstones included."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": topic, "enable.auto.commit": False})
    found: dict[tuple[int, bytes], bytes | None] = {}
    left = 0
    for partition in range(count):
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
        left += high - low
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(count)])
    while left:
        for message in consumer.consume(100, timeout=1):
            found[message.partition() or 0, message.key() or b""] = message.value()
            left -= 1
    consumer.close()
    return found


def test_keys_move_with_their_last_value_and_a_second_run_moves_nothing(
    services: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(services)
    bootstrap = settings.kafka_bootstrap
    topic = f"moved-{time.time_ns()}-changelog"
    monkeypatch.setattr(repartition, "_learner_topics", lambda known: [topic])
    monkeypatch.setattr(repartition, "_require_rest", lambda admin: None)
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic(topic, 2, config={"cleanup.policy": "compact"})])[topic].result()
    producer = Producer({"bootstrap.servers": bootstrap})
    for key in KEYS:
        for value in (b"old", b"of " + key):
            producer.produce(topic, value, key, place(key, 2))
        producer.produce(topic, b"beside " + key, row_key(key, b"memory-0"), place(key, 2))
    producer.produce(topic, b"gone", b"school/erased", place(b"school/erased", 2))
    producer.produce(topic, None, b"school/erased", place(b"school/erased", 2))
    producer.flush()

    moved = 2 * sum(place(key, 2) != place(key, 5) for key in KEYS)
    assert list(repartition.repartition(settings, 5)) == [repartition.Moved(topic, 2, 5, moved)]
    found = held(bootstrap, topic, 5)
    alive = {where: value for where, value in found.items() if value is not None}
    beside = {(place(key, 5), row_key(key, b"memory-0")): b"beside " + key for key in KEYS}
    assert alive == {(place(key, 5), key): b"of " + key for key in KEYS} | beside
    assert list(repartition.repartition(settings, 5)) == [repartition.Moved(topic, 5, 5, 0)]


def test_windows_stay_and_remembered_ids_go_with_their_learner(
    services: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(services)
    topic = f"windows-{time.time_ns()}-changelog"
    monkeypatch.setattr(repartition, "WINDOWS", topic)
    admin = AdminClient({"bootstrap.servers": settings.kafka_bootstrap})
    admin.create_topics([NewTopic(topic, 8)])[topic].result()
    key = b"school/learner-1"
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap})
    wrong = (place(key, 8) + 1) % 8
    for stored in (b'window:["a/b",60,0]', RING + key):
        producer.produce(topic, b"x", stored, wrong)
    producer.flush()
    assert repartition._move(settings, topic, 8) == 1
    alive = {where for where, value in held(settings.kafka_bootstrap, topic, 8).items() if value is not None}
    assert alive == {(wrong, b'window:["a/b",60,0]'), (place(key, 8), RING + key)}


def test_fewer_partitions_are_refused_with_one_line(masterx: Masterx, services: dict[str, str]) -> None:
    done = masterx("topics", "repartition", "3", **services)
    assert done.code == exits.USAGE
    assert "can't take any away" in done.err
    assert done.err.count("\n") == 1


def test_records_that_are_unread_are_named(services: dict[str, str]) -> None:
    settings = settings_for(services)
    topic, app = f"unread-{time.time_ns()}", f"app-{time.time_ns()}"
    admin = AdminClient({"bootstrap.servers": settings.kafka_bootstrap})
    admin.create_topics([NewTopic(topic, 1)])[topic].result()
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap})
    for _ in range(3):
        producer.produce(topic, b"x")
    producer.flush()
    consumer = Consumer({"bootstrap.servers": settings.kafka_bootstrap, "group.id": f"masterx-{app}"})
    consumer.commit(offsets=[TopicPartition(topic, 0, 1)], asynchronous=False)
    consumer.close()
    assert repartition.unread(admin, app, [topic]) == (f"{topic}/0", 2)


def test_records_of_a_partition_without_a_commit_are_unread(services: dict[str, str]) -> None:
    # A learner's first message may be the first of its partition, and come while the workers are stopped already.
    settings = settings_for(services)
    topic, app = f"unread-{time.time_ns()}", f"app-{time.time_ns()}"
    admin = AdminClient({"bootstrap.servers": settings.kafka_bootstrap})
    admin.create_topics([NewTopic(topic, 2)])[topic].result()
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap})
    for partition in (0, 1):
        producer.produce(topic, b"x", partition=partition)
    producer.flush()
    consumer = Consumer({"bootstrap.servers": settings.kafka_bootstrap, "group.id": f"masterx-{app}"})
    consumer.commit(offsets=[TopicPartition(topic, 0, 1)], asynchronous=False)
    assert repartition.unread(admin, app, [topic, "not-made-yet"]) == (f"{topic}/1", 1)
    consumer.commit(offsets=[TopicPartition(topic, 1, 1)], asynchronous=False)
    consumer.close()
    assert repartition.unread(admin, app, [topic, "not-made-yet"]) is None


def test_what_an_app_reads_is_what_a_learner_command_waits_for_and_more() -> None:
    for app, topics in readers.READS.items():
        assert {topic.name for topic in topics} <= repartition.read_by(app)
    assert "masterx.shared" not in repartition.read_by("core")


def test_a_broker_that_is_away_is_said(services: dict[str, str]) -> None:
    settings = settings_for({**services, "MASTERX_KAFKA_BOOTSTRAP": "127.0.0.1:1"})
    with pytest.raises(Failure) as failed:
        list(repartition.repartition(settings, 16))
    assert failed.value.code == exits.UNAVAILABLE
