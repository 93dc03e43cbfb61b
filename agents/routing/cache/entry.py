"""A reply as it is kept: when it was made and for which wording, and its text."""

import struct
from dataclasses import dataclass
from typing import Self

# version, when the reply was made, digest of the question's wording; the reply's text follows
_HEAD = struct.Struct("<Bq8s")
VERSION = 3


class EntryError(ValueError):
    """The bytes are not an entry that this version can read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A reply made `at` (microseconds, UTC); `asked` is a digest, eight bytes, of the question as it was written."""

    at: int
    asked: bytes
    text: str

    def dumps(self) -> bytes:
        """As bytes."""
        return _HEAD.pack(VERSION, self.at, self.asked) + self.text.encode()

    @classmethod
    def loads(cls, value: bytes) -> Self:
        """What `dumps` made. Raises `EntryError`."""
        try:
            version, at, asked = _HEAD.unpack_from(value)
            if version != VERSION:
                raise EntryError(f"an entry of version {version}, and this program reads {VERSION}")
            return cls(at, asked, value[_HEAD.size :].decode())
        except (struct.error, UnicodeDecodeError) as error:
            raise EntryError(f"not an entry: {error}") from error
