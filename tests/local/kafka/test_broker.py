"""The real broker: started, used, killed, and started again on the same port and data."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from local.errors import LocalStackError
from local.kafka import Kafka
from local.kafka.broker import as_property

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


def test_a_folder_of_any_name_holds_its_data_over_restarts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As where nothing says which language is spoken: cron, some containers, ssh to some machines.
    monkeypatch.setenv("LC_ALL", "C")
    folder = tmp_path / "Schmidt, Jürgen's \u6570\U0001f600 folder"
    service = Kafka(folder)
    for _ in range(2):
        service.start()
        service.stop()
    assert (folder / "data" / "meta.properties").exists()
    assert list(tmp_path.iterdir()) == [folder]


def test_a_line_of_properties_is_in_ascii_and_keeps_its_backslashes() -> None:
    assert as_property("dirs=/a b/c,d") == "dirs=/a b/c,d"
    assert as_property("x=ü\\n\U0001f600") == r"x=\u00fc\\n\ud83d\ude00"
