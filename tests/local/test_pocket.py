from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer

from local.errors import LocalStackError
from local.pocket import Pocket


def test_a_message_goes_through(tmp_path: Path) -> None:
    service = Pocket(tmp_path)
    with pytest.raises(LocalStackError, match="pocket broker is not running"):
        service.bootstrap  # noqa: B018
    service.start()
    producer = Producer({"bootstrap.servers": service.bootstrap, "log_level": 0})
    producer.produce("t", b"hello", key=b"k")
    assert producer.flush(20) == 0
    consumer = Consumer({
        "bootstrap.servers": service.bootstrap, "group.id": "g", "auto.offset.reset": "earliest", "log_level": 0,
    })  # fmt: skip
    consumer.subscribe(["t"])
    message = consumer.poll(30)
    assert message is not None
    assert (message.key(), message.value()) == (b"k", b"hello")
    consumer.close()
    service.stop()
