import pytest
from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME, KafkaError, KafkaException

from cli.exits import NO_INPUT, Failure
from cli.kafka import origin_of, partition_count, producer, reach, read_through, reader, spans
from cli.stack import settings_for
from config.kafka_log import Span, watermarks
from pipeline.delivery.headers import dead_letter
from schemas.topics import FEEDBACK, PROFILES, SIGNALS

pytestmark = pytest.mark.kafka


def test_reading_ends_with_what_was_there_when_it_began(services: dict[str, str], learner: str) -> None:
    settings = settings_for(services)
    client = producer(settings)
    for value in (b"1", b"2"):
        client.produce(SIGNALS.name, value, learner.encode())
    client.flush(10)
    consumer = reader(settings)
    held = spans(consumer, (SIGNALS.name,), reach(consumer, settings))
    client.produce(SIGNALS.name, b"3", learner.encode())
    client.flush(10)
    found = [record for record in read_through(consumer, held) if record.key() == learner.encode()]
    consumer.close()
    assert [record.value() for record in found] == [b"1", b"2"]
    assert found[0].timestamp()[0] == TIMESTAMP_LOG_APPEND_TIME


def test_partitions_that_hold_nothing_are_not_waited_for(services: dict[str, str]) -> None:
    consumer = reader(settings_for(services))
    assert list(read_through(consumer, [Span(PROFILES.name, 0, 0, 0), Span(PROFILES.name, 1, 7, 7)])) == []
    consumer.close()


def test_a_topic_that_is_not_there_holds_nothing_or_is_named(services: dict[str, str]) -> None:
    settings = settings_for(services)
    consumer = reader(settings)
    assert spans(consumer, ("nowhere",), reach(consumer, settings)) == []
    with pytest.raises(Failure, match="no topic nowhere") as failed:
        partition_count(consumer, settings, "nowhere")
    assert failed.value.code == NO_INPUT
    consumer.close()


def test_a_dead_letter_says_where_it_stood_if_its_headers_do(services: dict[str, str], learner: str) -> None:
    settings = settings_for(services)
    client = producer(settings)
    letter = dead_letter(
        [], topic="masterx.feedback", partition=2, offset=9, stage="s", reason="r", error="e", attempt=1
    )
    client.produce(FEEDBACK.dlq, b"x", learner.encode(), headers=letter)
    client.produce(FEEDBACK.dlq, b"x", learner.encode(), headers=[("dlq_offset", b"nine")])
    client.flush(10)
    consumer = reader(settings)
    held = spans(consumer, (FEEDBACK.dlq,), reach(consumer, settings))
    origins = [origin_of(r) for r in read_through(consumer, held) if r.key() == learner.encode()]
    consumer.close()
    assert origins == [("masterx.feedback", 2, 9), None]


class Leaderless:
    """A broker that answers with errors, one a call, before it answers."""

    def __init__(self, *errors: int) -> None:
        self.errors = list(errors)

    def get_watermark_offsets(self, place: object, timeout: float) -> tuple[int, int]:
        if self.errors:
            raise KafkaException(KafkaError(self.errors.pop(0)))
        return 3, 8


def test_a_partition_without_a_leader_yet_is_asked_again() -> None:
    broker = Leaderless(KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE)
    assert watermarks(broker, "messages", 0) == (3, 8)  # type: ignore[arg-type]


def test_another_error_is_raised_at_once() -> None:
    broker = Leaderless(KafkaError.TOPIC_AUTHORIZATION_FAILED)
    with pytest.raises(KafkaException):
        watermarks(broker, "messages", 0)  # type: ignore[arg-type]
