import uuid
from collections.abc import Mapping

import pytest
from confluent_kafka import KafkaException

from config.schema_lookup import LOOK_AGAIN_SECONDS, LOOK_EVERY_SECONDS, AnnouncedSchemas, install, recorded
from config.settings import Settings
from schemas import announced, catalogue
from schemas.catalogue import SchemasAwayError

MARK, VALUE = next(iter(announced.ours().items()))
OTHER = b"otherone"


class Topic:
    """`masterx.schemas`, and a clock."""

    def __init__(self) -> None:
        self.holds: dict[bytes, bytes] = {}
        self.away = False
        self.looks = 0
        self.now = 100.0

    def read(self) -> Mapping[bytes, bytes]:
        self.looks += 1
        if self.away:
            raise KafkaException("no broker")
        return dict(self.holds)


@pytest.fixture
def topic() -> Topic:
    return Topic()


@pytest.fixture
def schemas(topic: Topic) -> AnnouncedSchemas:
    return AnnouncedSchemas(topic.read, lambda: topic.now)


def test_a_schema_is_looked_up_once(topic: Topic, schemas: AnnouncedSchemas) -> None:
    topic.holds[MARK] = VALUE
    assert [schemas(MARK) for _ in range(3)] == [announced.read(MARK, VALUE)] * 3
    assert topic.looks == 1


def test_one_that_nobody_announced_is_looked_for_again_after_a_while(topic: Topic, schemas: AnnouncedSchemas) -> None:
    assert (schemas(MARK), schemas(MARK), topic.looks) == (None, None, 1)
    topic.holds[MARK] = VALUE
    topic.now += LOOK_AGAIN_SECONDS
    assert schemas(MARK) == announced.read(MARK, VALUE)


def test_a_flood_of_unknown_ones_costs_a_look_a_second_and_none_is_called_unknown_before_it(
    topic: Topic, schemas: AnnouncedSchemas
) -> None:
    assert schemas(OTHER) is None
    topic.holds[MARK] = VALUE
    for number in range(50):
        with pytest.raises(SchemasAwayError, match="in a moment"):
            schemas(number.to_bytes(8))
    with pytest.raises(SchemasAwayError, match="in a moment"):
        schemas(MARK)
    topic.now += LOOK_EVERY_SECONDS
    assert [schemas(number.to_bytes(8)) for number in range(50)] == [None] * 50
    assert schemas(MARK) == announced.read(MARK, VALUE)
    assert topic.looks == 2


def test_while_the_topic_is_away_nothing_is_called_unknown(topic: Topic, schemas: AnnouncedSchemas) -> None:
    topic.away = True
    with pytest.raises(SchemasAwayError, match="can't be read"):
        schemas(MARK)
    topic.away = False
    topic.now += LOOK_EVERY_SECONDS
    assert schemas(MARK) is None


def test_what_is_no_schema_is_passed_over(topic: Topic, schemas: AnnouncedSchemas) -> None:
    topic.holds |= {OTHER: b"{}", MARK: VALUE}
    assert schemas(OTHER) is None
    assert schemas(MARK) == announced.read(MARK, VALUE)


def test_with_the_pocket_broker_nothing_is_looked_up() -> None:
    install(Settings(broker="pocket", kafka_bootstrap="127.0.0.1:1"))
    assert catalogue.find(uuid.uuid4().bytes[:8]) is None


def test_a_broker_that_is_gone() -> None:
    with pytest.raises(KafkaException):
        recorded(Settings(kafka_bootstrap="127.0.0.1:1"))
