"""A reply as it is kept: what was asked and when; the reply's text beside it."""

import struct
from dataclasses import dataclass
from typing import Self

import orjson

_HEAD = struct.Struct("<BqH")
VERSION = 2


class EntryError(ValueError):
    """The bytes are not an entry that this version can read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What finds a reply: the question's words, and when it was answered (microseconds, UTC). `text` is a digest of the
    question as it was written."""

    words: tuple[str, ...]
    at: int
    text: str

    def dumps(self) -> bytes:
        """As bytes."""
        named = orjson.dumps([self.words, self.text])
        return _HEAD.pack(VERSION, self.at, len(named)) + named

    @classmethod
    def loads(cls, value: bytes) -> Self:
        """What `dumps` made. Raises `EntryError`."""
        try:
            version, at, length = _HEAD.unpack_from(value)
            if version != VERSION:
                raise EntryError(f"an entry of version {version}, and this program reads {VERSION}")
            words, text = orjson.loads(value[_HEAD.size : _HEAD.size + length])
            return cls(tuple(map(str, words)), at, str(text))
        except (struct.error, orjson.JSONDecodeError, TypeError, ValueError) as error:
            raise EntryError(f"not an entry: {error}") from error
