"""Is a worker's table what its changelog says: each change up to the offset that the table has, and no other?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition
from rocksdict import Options, Rdict

from config.kafka import librdkafka
from config.settings import Settings

# Where Faust keeps the offset of the last change that is in the table.
OFFSET_KEY = b"__faust\0offset__"
POLL_SECONDS = 10.0

Change = tuple[int, bytes, bytes | None]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A table's offset, its keys, and those that differ from the changelog up to that offset."""

    name: str
    offset: int
    keys: int
    differing: int


def changes(settings: Settings, topic: str, partition: int) -> list[Change]:
    """All that a changelog's partition holds: offset, key, value. Raises `KafkaException`."""
    consumer = Consumer({**librdkafka(settings), "group.id": "masterx-takeover", "enable.auto.commit": False})
    try:
        place = TopicPartition(topic, partition, OFFSET_BEGINNING)
        _, end = consumer.get_watermark_offsets(place, timeout=POLL_SECONDS)
        consumer.assign([place])
        found: list[Change] = []
        while not found or found[-1][0] < end - 1:
            if not end:
                break
            message = consumer.poll(POLL_SECONDS)
            if message is None or message.error():
                raise KafkaException(message.error() if message is not None else f"{topic} was not read to its end")
            key = message.key()
            assert isinstance(key, bytes)
            found.append((message.offset() or 0, key, message.value()))
        return found
    finally:
        consumer.close()


def stored(directory: Path) -> dict[bytes, bytes]:
    """All that a table's RocksDB holds, while nobody has it open."""
    store = Rdict(str(directory), options=Options(raw_mode=True))
    try:
        return dict(store.items())
    finally:
        store.close()


def compare(name: str, held: Mapping[bytes, bytes], changelog: Iterable[Change]) -> Comparison:
    """`held` against the changes up to the offset in it. A table without an offset holds none of them."""
    offset = int(held.get(OFFSET_KEY, b"-1"))
    wanted: dict[bytes, bytes] = {}
    for at, key, value in changelog:
        if at > offset:
            break
        if value is None:
            wanted.pop(key, None)
        else:
            wanted[key] = value
    have = {key: value for key, value in held.items() if key != OFFSET_KEY}
    differing = sum(have.get(key) != wanted.get(key) for key in have.keys() | wanted.keys())
    return Comparison(name, offset, len(have), differing)


def compared(settings: Settings, stage: str, topic: str, workers: Sequence[Path]) -> list[Comparison]:
    """Every table of `stage` beneath the directories of workers that have ended."""
    found = []
    logs: dict[int, list[Change]] = {}
    for worker in workers:
        for directory in sorted(worker.rglob(f"{stage}-*.db")):
            partition = int(directory.stem.rsplit("-", 1)[-1])
            if partition not in logs:
                logs[partition] = changes(settings, topic, partition)
            name = f"{worker.name} {directory.parent.parent.parent.name} {directory.stem}"
            found.append(compare(name, stored(directory), logs[partition]))
    return found
