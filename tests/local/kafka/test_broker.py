"""The real broker: started, used, killed, and started again on the same port and data."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from local.errors import LocalStackError
from local.kafka import Kafka

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    service = Kafka(tmp_path_factory.mktemp("kafka"))
    service.start()
    yield service
    service.stop()


@pytest.fixture
def topic(broker: Kafka) -> str:
    name = f"t-{uuid.uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": 0})
    admin.create_topics([NewTopic(name, 3, 1)])[name].result(30)
    return name


def produce(broker: Kafka, topic: str, values: list[bytes]) -> None:
    producer = Producer({"bootstrap.servers": broker.bootstrap, "acks": "all", "linger.ms": 5, "log_level": 0})
    for value in values:
        producer.produce(topic, value, key=value)
    assert producer.flush(30) == 0


def consume(broker: Kafka, topic: str, count: int, group: str) -> list[bytes]:
    consumer = Consumer({
        "bootstrap.servers": broker.bootstrap, "group.id": group, "auto.offset.reset": "earliest",
        "enable.auto.commit": False, "log_level": 0,
    })  # fmt: skip
    consumer.subscribe([topic])
    values: list[bytes] = []
    while len(values) < count:
        message: Message | None = consumer.poll(30)
        assert message is not None, f"only {len(values)} of {count} came"
        assert message.error() is None
        values.append(message.value() or b"")
    consumer.commit(asynchronous=False)
    consumer.close()
    return values


def test_what_is_produced_is_consumed(broker: Kafka, topic: str) -> None:
    values = [b"%d" % n for n in range(1000)]
    produce(broker, topic, values)
    assert sorted(consume(broker, topic, 1000, topic)) == sorted(values)


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_messages_and_offsets_survive(broker: Kafka, topic: str, end: str) -> None:
    produce(broker, topic, [b"a", b"b"])
    consume(broker, topic, 2, topic)
    port = broker.port
    getattr(broker, end)()
    broker.start()
    assert broker.port == port
    produce(broker, topic, [b"c"])
    assert consume(broker, topic, 1, topic) == [b"c"]
    assert sorted(consume(broker, topic, 3, f"{topic}-other")) == [b"a", b"b", b"c"]


def test_topics_are_not_made_on_first_use(broker: Kafka) -> None:
    admin = AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": 0})
    assert "never-made" not in admin.list_topics(timeout=30).topics
    failures: list[object] = []
    producer = Producer({"bootstrap.servers": broker.bootstrap, "message.timeout.ms": 3000, "log_level": 0})
    try:
        producer.produce("never-made", b"x", on_delivery=lambda error, _: failures.append(error))
        producer.flush(30)
    except KafkaException as error:
        failures.append(error)
    assert failures
    assert failures[0] is not None
    assert "never-made" not in admin.list_topics(timeout=30).topics


def test_two_brokers_do_not_share_a_port(broker: Kafka, tmp_path: Path) -> None:
    with pytest.raises(LocalStackError, match=f"port {broker.port} for kafka is taken"):
        Kafka(tmp_path, broker.port).start()
    with pytest.raises(LocalStackError, match=f"port {broker.controller_port} for kafka's controller is taken"):
        Kafka(tmp_path, controller_port=broker.controller_port).start()
