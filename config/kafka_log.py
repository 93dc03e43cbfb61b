"""Reads what partitions hold now, from beginning to end, without a group.

Its imports of the client are late: commands import this before they know whether they need Kafka.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from confluent_kafka import Consumer, Message

ANSWER_SECONDS = 10.0
NO_LEADER_YET = (
    "LEADER_NOT_AVAILABLE",
    "NOT_LEADER_FOR_PARTITION",
    "UNKNOWN_TOPIC_OR_PART",
    "_UNKNOWN_PARTITION",
    "_UNKNOWN_TOPIC",
)


@dataclass(frozen=True, slots=True)
class Span:
    """The offsets that a partition holds: `low` up to but not including `high`."""

    topic: str
    partition: int
    low: int
    high: int


def watermarks(consumer: "Consumer", topic: str, partition: int, seconds: float = ANSWER_SECONDS) -> tuple[int, int]:
    """The first offset that is kept of a partition, and the one after the last.

    A partition that was just made, or whose broker was just started, may have no leader for a moment: it is asked again
    for `seconds`. Raises `KafkaException`.
    """
    from confluent_kafka import KafkaException, TopicPartition

    end = time.monotonic() + seconds
    while True:
        try:
            low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=seconds)
        except KafkaException as error:
            if error.args[0].name() not in NO_LEADER_YET or time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return int(low), int(high)


def read_through(consumer: "Consumer", held: Sequence[Span], seconds: float = ANSWER_SECONDS) -> Iterator["Message"]:
    """Every record of `held`, and no later ones.

    Raises `KafkaException`, and `TimeoutError` when the broker is silent for `seconds`.
    """
    from confluent_kafka import KafkaError, KafkaException, TopicPartition

    # Compaction and control records leave gaps: a partition is through when its position has passed the end.
    ends = {(span.topic, span.partition): span.high for span in held if span.high > span.low}
    if not ends:
        return
    consumer.assign([TopicPartition(span.topic, span.partition, span.low) for span in held if span.high > span.low])
    silent = 0.0
    while ends:
        batch = consumer.consume(num_messages=1000, timeout=0.05)
        silent = 0.0 if batch else silent + 0.05
        for message in batch:
            error = message.error()
            if error is not None:
                if error.code() == KafkaError.GROUP_AUTHORIZATION_FAILED:
                    # The client asks for its group's coordinator, though nothing is done as a group.
                    silent += 0.05
                    continue
                raise KafkaException(error)
            end = ends.get((message.topic(), message.partition()))
            if end is not None and message.offset() < end:
                yield message
        done = [
            (place.topic, place.partition)
            for place in consumer.position([TopicPartition(*where) for where in ends])
            if place.offset >= ends[place.topic, place.partition]
        ]
        for where in done:
            del ends[where]
        if silent > seconds:
            raise TimeoutError(f"Kafka stopped answering while {', '.join(sorted({t for t, _ in ends}))} was read")
    consumer.unassign()
