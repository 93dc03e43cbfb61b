import time

import pytest
from confluent_kafka import Producer

from config import announced as elsewhere
from config.settings import Settings
from local.stack import Stack
from pipeline import admin
from pipeline.announce import announce
from schemas import announced, catalogue
from schemas.catalogue import SchemasAwayError
from schemas.codec import decode
from schemas.topics import SCHEMAS
from tests.schemas.test_announced import FEEDBACK, of_another_version, written_by_it

pytestmark = pytest.mark.kafka


@pytest.fixture
def settings(stack: Stack) -> Settings:
    chosen = Settings(kafka_bootstrap=stack.environment()["MASTERX_KAFKA_BOOTSTRAP"])
    admin.create(chosen)
    return chosen


def test_what_is_there_is_not_written_again(settings: Settings) -> None:
    assert announce(settings) == 0
    assert announced.ours().items() <= elsewhere.recorded(settings).items()


def test_a_record_of_another_version_is_read_by_what_that_one_announced(settings: Settings) -> None:
    mark, value = of_another_version()
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap})
    producer.produce(SCHEMAS.name, key=mark, value=value, partition=0)
    producer.flush()
    elsewhere.install(settings)
    assert decode("Feedback", written_by_it(mark)) == FEEDBACK
    with pytest.raises(SchemasAwayError, match="in a moment"):
        catalogue.find(b"\0" * 8)
    time.sleep(elsewhere.LOOK_EVERY_SECONDS)
    assert catalogue.find(b"\0" * 8) is None
