"""Recorded data as events: what a reader gives, and what readers share."""

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from schemas.codec import Event
from schemas.ids import learner_key
from schemas.topics import Topic

# Where a source has no dates, its turns are laid behind this moment: past, and the same at each replay.
SYNTHETIC_START = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp() * 1_000_000)
MICROS = 1_000_000


class ReadError(ValueError):
    """The file is not of the format; the message names the line and what is missing."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One event and the topic it belongs to."""

    topic: Topic
    event: Event

    @property
    def key(self) -> bytes:
        """The Kafka key."""
        return learner_key(self.event["tenant_id"], self.event["learner_id"])


@dataclass(frozen=True, slots=True)
class Reading:
    """All events of a file by time, and a line per kind of row that was left out."""

    events: tuple[Recorded, ...]
    left_out: tuple[str, ...] = ()


Reader = Callable[[Path], Reading]


def by_time(events: list[Recorded]) -> tuple[Recorded, ...]:
    """`events` by `sent_at`; those of one moment stay in the file's order."""
    return tuple(sorted(events, key=lambda recorded: int(recorded.event["sent_at"])))


def locate(path: Path, folder: str, file_name: str) -> Path:
    """The data file that `path` means: the file itself, the folder that holds it, or the folder above that.

    Raises `FileNotFoundError`.
    """
    if path.is_file():
        return path
    candidates = (path, path / folder)
    for candidate in candidates:
        for name in (f"{file_name}.gz", file_name):
            if (candidate / name).is_file():
                return candidate / name
    if path.is_dir():
        raise FileNotFoundError(2, f"no {file_name}.gz and no {file_name} in", str(path))
    raise FileNotFoundError(2, "no such file", str(path))


def open_text(path: Path) -> TextIO:
    """`path` as UTF-8 text, gzip or plain by its first bytes, line ends untouched."""
    with path.open("rb") as probe:
        zipped = probe.read(2) == b"\x1f\x8b"
    if zipped:
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def json_lines(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    """Line number (from 1) and object of each line, split on newlines only. Raises `ReadError`."""
    import orjson

    with open_text(path) as text:
        # str.splitlines would split on U+2028 too, which occurs in texts.
        for number, line in enumerate(text.read().split("\n"), start=1):
            if not line.strip():
                continue
            try:
                value = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise ReadError(f"{path}, line {number}: not JSON: {error}") from error
            if not isinstance(value, dict):
                raise ReadError(f"{path}, line {number}: not a JSON object")
            yield number, value
