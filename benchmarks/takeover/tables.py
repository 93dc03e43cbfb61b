"""Is a worker's table what its changelog says: each change up to the offset that the table has, and no other?"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rocksdict import Options, Rdict

from cli.kafka import reach, read_through, reader, spans
from config.settings import Settings

# Where Faust keeps the offset of the last change that is in the table.
OFFSET_KEY = b"__faust\0offset__"

Change = tuple[int, bytes, bytes | None]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A table's offset, its keys, and those that differ from the changelog up to that offset."""

    name: str
    offset: int
    keys: int
    differing: int


def changes(settings: Settings, topic: str) -> dict[int, list[Change]]:
    """All that a changelog holds, by partition: offset, key, value. Raises `Failure`."""
    found: dict[int, list[Change]] = defaultdict(list)
    consumer = reader(settings)
    try:
        for message in read_through(consumer, spans(consumer, [topic], reach(consumer, settings))):
            partition, offset, key = message.partition(), message.offset(), message.key()
            assert partition is not None
            assert offset is not None
            assert isinstance(key, bytes)
            found[partition].append((offset, key, message.value()))
    finally:
        consumer.close()
    return found


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


def compared(settings: Settings, stage: str, topic: str, workers: Path) -> list[Comparison]:
    """Every table of `stage` beneath the directory of workers that have ended."""
    logs = changes(settings, topic)
    found = []
    for directory in sorted(workers.rglob(f"{stage}-*.db")):
        partition = int(directory.stem.rsplit("-", 1)[-1])
        found.append(compare(str(directory.relative_to(workers)), stored(directory), logs[partition]))
    return found
