import time
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer

from config import schema_lookup
from config.settings import Settings
from local.stack import Stack
from pipeline import admin
from pipeline.announce_schemas import announce_schemas
from schemas import announced, catalogue
from schemas.catalogue import SchemasAwayError
from schemas.codec import decode
from schemas.topics import SCHEMAS
from tests.schemas.another_version import FEEDBACK, of_another_version, written_by_it

pytestmark = pytest.mark.kafka


@pytest.fixture
def settings(stack: Stack) -> Settings:
    chosen = Settings(kafka_bootstrap=stack.environment()["MASTERX_KAFKA_BOOTSTRAP"])
    admin.create(chosen)
    return chosen


def test_what_is_there_is_not_written_again(settings: Settings) -> None:
    assert announce_schemas(settings) == 0
    assert announced.ours().items() <= schema_lookup.recorded(settings).items()


def test_a_topic_that_was_just_made_is_waited_for(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    until = time.monotonic() + schema_lookup.READ_SECONDS + 0.5

    class NotLedYet(Consumer):  # type: ignore[misc]
        def get_watermark_offsets(self, *where: Any, **options: Any) -> Any:
            if time.monotonic() < until:
                raise KafkaException(KafkaError(KafkaError.NOT_LEADER_FOR_PARTITION))
            return super().get_watermark_offsets(*where, **options)

    monkeypatch.setattr(schema_lookup, "Consumer", NotLedYet)
    with pytest.raises(KafkaException):
        schema_lookup.recorded(settings, 0.1)
    assert announce_schemas(settings) == 0


def test_a_record_of_another_version_is_read_by_what_that_one_announced(settings: Settings) -> None:
    mark, value = of_another_version()
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap})
    producer.produce(SCHEMAS.name, key=mark, value=value, partition=0)
    producer.flush()
    schema_lookup.install(settings)
    assert decode("Feedback", written_by_it(mark)) == FEEDBACK
    with pytest.raises(SchemasAwayError, match="in a moment"):
        catalogue.find(b"\0" * 8)
    time.sleep(schema_lookup.LOOK_EVERY_SECONDS)
    assert catalogue.find(b"\0" * 8) is None
