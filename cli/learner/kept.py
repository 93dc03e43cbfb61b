"""What a topic that keeps the last record of each key still holds for a learner."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cli.kafka import ANSWER_SECONDS, read_through
from config.kafka_log import Span, watermarks

if TYPE_CHECKING:
    from confluent_kafka import Consumer

Place = tuple[str, int]


def existing(consumer: "Consumer", places: Sequence[Place]) -> list[Place]:
    """Those topics and partitions that the broker has."""
    known = {name: topic.partitions for name, topic in consumer.list_topics(timeout=ANSWER_SECONDS).topics.items()}
    return [(topic, partition) for topic, partition in places if partition in known.get(topic, {})]


def held(consumer: "Consumer", topic: str, partition: int) -> Span:
    """The offsets that a partition holds now."""
    low, high = watermarks(consumer, topic, partition)
    return Span(topic, partition, low, high)


class Kept:
    """The last record under each of `keys`, and of their rows, in `partition` of each of `topics`.

    `look` reads the partitions through the first time, and only what is new when it is called again.
    """

    def __init__(self, consumer: "Consumer", topics: Sequence[str], partition: int, keys: Sequence[bytes]) -> None:
        self._consumer = consumer
        self._topics = tuple(topics)
        self._partition = partition
        self._keys = frozenset(keys)
        # What a stage keeps beside a state is stored under the state's key, NUL, and a name.
        self._rows = tuple(key + b"\0" for key in keys)
        self._through: dict[str, int] = {}
        self._held: dict[str, set[bytes]] = {topic: set() for topic in self._topics}

    def look(self) -> dict[str, int]:
        """How many of the keys have a value, by topic. Raises `Failure` when the broker does not answer."""
        ahead = self._ahead()
        for message in read_through(self._consumer, ahead):
            self.take(message.topic() or "", message.key(), message.value())
        self._through.update({span.topic: span.high for span in ahead})
        return self.found()

    def take(self, topic: str, key: bytes | None, value: bytes | None) -> None:
        """Count one record; they come in the order of their offsets."""
        if key is None or (key not in self._keys and not key.startswith(self._rows)):
            return
        if value is None:
            self._held[topic].discard(key)
        else:
            self._held[topic].add(key)

    def found(self) -> dict[str, int]:
        """How many of the keys have a value by what was read so far."""
        return {topic: len(held) for topic, held in self._held.items()}

    def _ahead(self) -> list[Span]:
        there = existing(self._consumer, [(topic, self._partition) for topic in self._topics])
        whole = [held(self._consumer, topic, partition) for topic, partition in there]
        return [
            Span(span.topic, span.partition, max(span.low, self._through.get(span.topic, 0)), span.high)
            for span in whole
        ]
