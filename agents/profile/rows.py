"""Tables of fixed-size rows that are searched and kept as bytes.

An event touches one or two of a learner's rows. Making objects or even a dict of the others would cost more than all
that is done with the event, so rows are found by searching the packed keys, and only what is asked for is unpacked.
Both tables answer to the calls of a dict in order of insertion. A value that `get` handed out counts as changed.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from struct import Struct
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Rows(ABC, Generic[K, V]):
    """Keys and rows of `size` bytes; `unpack` makes a value of a row and `pack` a row of a value."""

    __slots__ = ("_edited", "_fresh", "_pack", "_rows", "_size", "_unpack")

    def __init__(self, size: int, pack: Callable[[V], bytes], unpack: Callable[[bytes], V]) -> None:
        self._size = size
        self._pack = pack
        self._unpack = unpack
        self._rows = b""
        self._edited: dict[K, V] = {}
        self._fresh: dict[K, V] = {}

    @abstractmethod
    def _find(self, key: K) -> int:
        """The key's position among the packed ones, or -1."""

    @abstractmethod
    def _cut(self, key: K, position: int) -> None:
        """Take the packed key at `position` out."""

    @abstractmethod
    def _append(self, key: K) -> None:
        """Put a key behind the packed ones."""

    @abstractmethod
    def _keys(self) -> list[K]:
        """The packed keys, in order."""

    def __len__(self) -> int:
        return len(self._rows) // self._size + len(self._fresh)

    def __contains__(self, key: K) -> bool:
        return key in self._fresh or self._find(key) >= 0

    def __iter__(self) -> Iterator[K]:
        return iter([*self._keys(), *self._fresh])

    def get(self, key: K) -> V | None:
        """The value under `key`, in its place; None where there is none."""
        value = self._fresh.get(key)
        if value is None:
            value = self._edited.get(key)
            if value is None:
                position = self._find(key)
                if position < 0:
                    return None
                at = position * self._size
                value = self._edited[key] = self._unpack(self._rows[at : at + self._size])
        return value

    def __getitem__(self, key: K) -> V:
        value = self.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def pop(self, key: K, default: None = None) -> V | None:
        """Take out the value under `key`; None where there is none."""
        value = self._fresh.pop(key, None)
        if value is None:
            position = self._find(key)
            if position < 0:
                return None
            at = position * self._size
            value = self._edited.pop(key, None)
            if value is None:
                value = self._unpack(self._rows[at : at + self._size])
            self._rows = self._rows[:at] + self._rows[at + self._size :]
            self._cut(key, position)
        return value

    def __setitem__(self, key: K, value: V) -> None:
        if key not in self._fresh:
            self.pop(key)
        self._fresh[key] = value

    def __delitem__(self, key: K) -> None:
        self.pop(key)

    def packed(self) -> bytes:
        """All rows, in order. Nothing that was handed out before may be changed after this."""
        for key, value in self._edited.items():
            at = self._find(key) * self._size
            self._rows = self._rows[:at] + self._pack(value) + self._rows[at + self._size :]
        self._edited.clear()
        for key, value in self._fresh.items():
            self._rows += self._pack(value)
            self._append(key)
        self._fresh.clear()
        return self._rows

    def _load(self, count: int, rows: bytes) -> None:
        if len(rows) != count * self._size:
            raise ValueError(f"{len(rows)} bytes of rows for {count} keys of {self._size} bytes each")
        self._rows = rows


class NamedRows(Rows[str, V]):
    """Rows under names, none of which holds a NUL."""

    __slots__ = ("_names",)

    def __init__(self, size: int, pack: Callable[[V], bytes], unpack: Callable[[bytes], V]) -> None:
        super().__init__(size, pack, unpack)
        self._names = b"\0"

    def load(self, names: bytes, rows: bytes) -> None:
        """Take over what `names` and `packed` gave. Raises ValueError where they do not belong together."""
        names = names or b"\0"
        if names[:1] != b"\0" or names[-1:] != b"\0":
            raise ValueError("names do not stand between NULs")
        self._load(names.count(b"\0") - 1, rows)
        self._names = names

    @property
    def names(self) -> bytes:
        """The names of the packed rows, a NUL before and behind each."""
        return self._names

    def last(self, limit: int) -> tuple[list[str], bytes]:
        """Names and rows of the `limit` last ones, in order. Call it after `packed`."""
        count = len(self._rows) // self._size
        if count == 0:
            return [], b""
        limit = min(limit, count)
        names = self._names[1:-1].rsplit(b"\0", limit)[-limit:]
        return [name.decode() for name in names], self._rows[(count - limit) * self._size :]

    def _find(self, key: str) -> int:
        at = self._names.find(b"\0" + key.encode() + b"\0")
        return -1 if at < 0 else self._names.count(b"\0", 0, at)

    def _cut(self, key: str, position: int) -> None:
        name = key.encode() + b"\0"
        at = self._names.find(b"\0" + name) + 1
        self._names = self._names[:at] + self._names[at + len(name) :]

    def _append(self, key: str) -> None:
        self._names += key.encode() + b"\0"

    def _keys(self) -> list[str]:
        return self._names[1:-1].decode().split("\0") if len(self._rows) else []


class HashedRows(Rows[int, V]):
    """Rows under 32-bit numbers."""

    __slots__ = ("_hashes",)

    def __init__(self, size: int, pack: Callable[[V], bytes], unpack: Callable[[bytes], V]) -> None:
        super().__init__(size, pack, unpack)
        self._hashes = b""

    def load(self, hashes: bytes, rows: bytes) -> None:
        """Take over what `hashes` and `packed` gave. Raises ValueError where they do not belong together."""
        count, rest = divmod(len(hashes), 4)
        if rest:
            raise ValueError(f"{len(hashes)} bytes are no 32-bit numbers")
        self._load(count, rows)
        self._hashes = hashes

    @property
    def hashes(self) -> bytes:
        """The numbers of the packed rows."""
        return self._hashes

    def _find(self, key: int) -> int:
        mark = key.to_bytes(4, "little")
        at = self._hashes.find(mark)
        while at >= 0 and at % 4:
            at = self._hashes.find(mark, at + 1)
        return at // 4 if at >= 0 else -1

    def _cut(self, key: int, position: int) -> None:
        self._hashes = self._hashes[: position * 4] + self._hashes[position * 4 + 4 :]

    def _append(self, key: int) -> None:
        self._hashes += key.to_bytes(4, "little")

    def _keys(self) -> list[int]:
        return list(Struct(f"<{len(self._hashes) // 4}I").unpack(self._hashes))
