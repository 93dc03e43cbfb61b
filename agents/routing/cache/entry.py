"""A reply as it is kept: what was asked, when, and in which scope; the reply's text beside it."""

import struct
from dataclasses import dataclass
from typing import Self

import numpy as np
import orjson

_HEAD = struct.Struct("<BqH")
VERSION = 1


class EntryError(ValueError):
    """The bytes are not an entry that this version can read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What finds a reply: the question's words, its vector as signed bytes ('' for none), and when it was answered
    (microseconds, UTC). `text` is a digest of the question as it was written."""

    words: tuple[str, ...]
    vector: bytes
    at: int
    text: str

    def dumps(self) -> bytes:
        """As bytes."""
        named = orjson.dumps([self.words, self.text])
        return _HEAD.pack(VERSION, self.at, len(named)) + named + self.vector

    @classmethod
    def loads(cls, value: bytes) -> Self:
        """What `dumps` made. Raises `EntryError`."""
        try:
            version, at, length = _HEAD.unpack_from(value)
            if version != VERSION:
                raise EntryError(f"an entry of version {version}, and this program reads {VERSION}")
            words, text = orjson.loads(value[_HEAD.size : _HEAD.size + length])
            return cls(tuple(map(str, words)), value[_HEAD.size + length :], at, str(text))
        except (struct.error, orjson.JSONDecodeError, TypeError, ValueError) as error:
            raise EntryError(f"not an entry: {error}") from error


def likeness(one: bytes, other: bytes) -> float:
    """Cosine of two vectors of signed bytes, -1 to 1; 0 where one is missing or they differ in length."""
    if not one or len(one) != len(other):
        return 0.0
    a = np.frombuffer(one, np.int8).astype(np.float32)
    b = np.frombuffer(other, np.int8).astype(np.float32)
    # Summed by einsum: BLAS would wake its threads for 384 products.
    scale = float(np.sqrt(np.einsum("i,i", a, a) * np.einsum("i,i", b, b)))
    return float(np.einsum("i,i", a, b)) / scale if scale else 0.0
