"""Dead letters: read, told apart, and marked once they have been sent again.

Kafka keeps what was written, so a letter that was sent again is marked by a copy of itself behind it, with the headers
`dlq_replayed_as` and `dlq_replayed_at`. Whoever counts dead letters by their origin counts the copy as the same one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cli.exits import BAD_INPUT, NO_INPUT, USAGE, Failure
from cli.names import topic_named

if TYPE_CHECKING:
    from confluent_kafka import Message

    from config.settings import Settings
    from schemas.codec import Origin
    from schemas.topics import Topic

REPLAYED_AS = "dlq_replayed_as"
REPLAYED_AT = "dlq_replayed_at"
REPLAYS = "dlq_replays"


@dataclass(slots=True)
class Letter:
    """One refused record. `partition` and `offset` are the dead letter's own; `origin` is where it was refused."""

    topic: "Topic"
    partition: int
    offset: int
    refused_at_ms: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, bytes]
    replayed_as: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """What `show`, `repair` and `replay` take."""
        return f"{self.topic.name.removeprefix('masterx.')}/{self.partition}/{self.offset}"

    @property
    def origin(self) -> tuple[str, int, int]:
        """Topic, partition and offset of the refused record; its own place where the headers do not say."""
        try:
            topic = self.said("dlq_topic") or self.topic.name
            return topic, int(self.headers["dlq_partition"]), int(self.headers["dlq_offset"])
        except (KeyError, ValueError):
            return self.topic.dlq, self.partition, self.offset

    @property
    def reason(self) -> str:
        """A short word, as the refusing stage gave it."""
        return self.said("dlq_reason") or "unknown"

    @property
    def replays(self) -> int:
        """How many times it had been sent again before it was refused this time."""
        text = self.said(REPLAYS)
        return int(text) if text.isdecimal() else 0

    @property
    def left_out(self) -> str:
        """What is to be known of a value that was too large for the letter; empty where the letter has its value."""
        if not self.said("dlq_bytes"):
            return ""
        place = "{}/{}/{}".format(*self.origin)
        size, digest = self.said("dlq_bytes"), self.said("dlq_sha256")
        return f"its {size} bytes (sha256 {digest}) were too large to copy: read them at {place}"

    @property
    def first(self) -> "Origin":
        """Where its app put it: what a JSON event leaves out follows from it, however often it is sent again."""
        from pipeline.delivery.intake import RawRecord, origin_of

        at, headers = self.refused_at_ms * 1000, tuple(self.headers.items())
        return origin_of(RawRecord(*self.origin, self.key, self.value, at, headers))

    def require_value(self) -> None:
        """Raises `Failure` for a letter without its record's value: nothing of it can be sent again from here."""
        if self.left_out:
            raise Failure(BAD_INPUT, f"{self.address} can't be sent again: {self.left_out} and send them yourself")

    def said(self, name: str) -> str:
        """A header as text; empty where there is none."""
        return self.headers.get(name, b"").decode("utf-8", "replace")


def read_all(settings: "Settings", topics: "Sequence[Topic]") -> list[Letter]:
    """All dead letters of `topics` that the broker still has, by time. Raises `Failure`."""
    from cli.kafka import reach, read_through, reader, spans

    by_name = {topic.dlq: topic for topic in topics}
    consumer = reader(settings)
    try:
        records = list(read_through(consumer, spans(consumer, list(by_name), reach(consumer, settings))))
    finally:
        consumer.close()
    return _letters(by_name, sorted(records, key=lambda r: (r.timestamp()[1], r.topic() or "", r.offset() or 0)))


def _letters(by_name: "dict[str, Topic]", records: "Iterable[Message]") -> list[Letter]:
    from cli.kafka import headers_of

    by_origin: dict[tuple[str, int, int], Letter] = {}
    for record in records:
        letter = Letter(
            topic=by_name[record.topic() or ""],
            partition=record.partition() or 0,
            offset=record.offset() or 0,
            refused_at_ms=record.timestamp()[1],
            key=record.key(),
            value=record.value(),
            headers=headers_of(record),
        )
        # A redelivery may refuse a record twice: the first letter stands for both.
        known = by_origin.setdefault(letter.origin, letter)
        if letter.said(REPLAYED_AS):
            known.replayed_as.append(letter.said(REPLAYED_AS))
    return list(by_origin.values())


def at(settings: "Settings", address: str) -> Letter:
    """The dead letter at `topic/partition/offset`. Raises `Failure`."""
    name, partition, offset = parse(address)
    topic = topic_named(name)
    for letter in read_all(settings, (topic,)):
        if (letter.partition, letter.offset) == (partition, offset):
            return letter
    raise Failure(NO_INPUT, f"no dead letter at {address}: 'masterx dlq list {name}' shows those there are")


def parse(address: str) -> tuple[str, int, int]:
    """Topic, partition and offset of an address. Raises `Failure`."""
    parts = address.replace(".DLQ", "").rsplit("/", 2)
    if len(parts) != 3 or not parts[1].isdecimal() or not parts[2].isdecimal():
        raise Failure(
            USAGE, f"{address!r} is no dead letter's address: write TOPIC/PARTITION/OFFSET, such as messages/0/12"
        )
    return parts[0], int(parts[1]), int(parts[2])
