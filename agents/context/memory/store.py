"""Memory items in columns, so that a thousand of them are read, searched and written without touching each."""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

from agents.context.encoder import WIDTH, Vectors

VERSION = 1
HEADER = struct.Struct("<BII")
BITS = WIDTH // 8
ITEM_BYTES = 2 * 8 + 3 * 4 + 2 + BITS
SEPARATOR = b"\n"
SIGNS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).astype(np.float32) * 2 - 1

KINDS = ("fact", "liking", "goal", "mistake", "promise", "result", "said", "heard")

Numbers = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Item:
    """Something remembered. `slot` names what a newer item of the same slot replaces; '' for nothing.

    `number` is unique within the learner, `turn` the turn it comes from, `at` when that was (microseconds, UTC).
    """

    number: int
    kind: str
    slot: str
    turn: int
    at: int
    text: str


class Memory:
    """Items by column; treat as immutable. A vector is kept as one bit a dimension: its sign.

    Signs against a full query vector keep the order of similarities nearly as it was (see `make eval-context`) at an
    eighth of a byte a dimension.
    """

    def __init__(
        self,
        numbers: Numbers,
        kinds: npt.NDArray[np.uint8],
        slots: npt.NDArray[np.uint64],
        turns: Numbers,
        times: npt.NDArray[np.int64],
        ready: npt.NDArray[np.uint8],
        bits: npt.NDArray[np.uint8],
        ends: Numbers,
        blob: bytes,
    ) -> None:
        self.numbers = numbers
        self.kinds = kinds
        self.slots = slots
        self.turns = turns
        self.times = times
        self.ready = ready
        self.bits = bits
        self.ends = ends
        self.blob = blob

    @classmethod
    def empty(cls) -> Self:
        """Nothing remembered."""
        return cls.loads(b"")

    def __len__(self) -> int:
        return len(self.numbers)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Memory) and self.dumps() == other.dumps()

    def __hash__(self) -> int:
        return hash(self.dumps())

    @property
    def size(self) -> int:
        """Bytes that `dumps` gives."""
        return len(self) and HEADER.size + len(self) * ITEM_BYTES + len(self.blob)

    def text(self, index: int) -> str:
        """The text of the item at `index`."""
        start = int(self.ends[index - 1]) if index else 0
        return self.blob[start : int(self.ends[index]) - len(SEPARATOR)].decode()

    def texts(self) -> list[str]:
        """All texts."""
        return self.blob.decode().split("\n")[:-1]

    def kind(self, index: int) -> str:
        """The kind of the item at `index`."""
        return KINDS[int(self.kinds[index])]

    @cached_property
    def lowered(self) -> bytes:
        """All texts with ASCII letters in lower case, an item a line."""
        return self.blob.lower()

    @cached_property
    def digit_runs(self) -> npt.NDArray[np.float64]:
        """How many runs of digits each item holds."""
        if not len(self):
            return np.zeros(0)
        letters = np.frombuffer(self.blob, np.uint8)
        digits = (letters >= ord("0")) & (letters <= ord("9"))
        begins = digits & ~np.concatenate([[False], digits[:-1]])
        counts: npt.NDArray[np.float64] = np.add.reduceat(
            begins, np.concatenate([[0], self.ends[:-1]]), dtype=np.float64
        )
        return counts

    def keep(self, wanted: npt.NDArray[np.bool_] | Sequence[int]) -> "Memory":
        """The items that `wanted` (a mask or indexes in order) names."""
        chosen = np.asarray(wanted)
        indexes = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen.astype(np.int64)
        lengths = np.diff(self.ends.astype(np.int64), prepend=0)
        # Items that stand side by side are taken together: mostly nearly all are kept.
        cuts = np.flatnonzero(np.diff(indexes) != 1) + 1
        firsts = indexes[np.concatenate([[0], cuts])] if len(indexes) else indexes
        lasts = indexes[np.concatenate([cuts, [len(indexes)]]) - 1] if len(indexes) else indexes
        spans = zip((self.ends[firsts] - lengths[firsts]).tolist(), self.ends[lasts].tolist(), strict=True)
        blob = b"".join([self.blob[start:end] for start, end in spans])
        return Memory(
            self.numbers[indexes],
            self.kinds[indexes],
            self.slots[indexes],
            self.turns[indexes],
            self.times[indexes],
            self.ready[indexes],
            self.bits[indexes],
            np.cumsum(lengths[indexes]).astype(np.uint32),
            blob,
        )

    def add(self, items: Iterable[Item]) -> "Memory":
        """These items behind those that are there, not yet encoded."""
        items = list(items)
        if not items:
            return self
        encoded = [item.text.replace("\n", " ").encode() + SEPARATOR for item in items]
        end = int(self.ends[-1]) if len(self) else 0
        ends = end + np.cumsum([len(part) for part in encoded])
        count = len(items)
        return Memory(
            np.concatenate([self.numbers, np.array([item.number for item in items], np.uint32)]),
            np.concatenate([self.kinds, np.array([KINDS.index(item.kind) for item in items], np.uint8)]),
            np.concatenate([self.slots, np.array([slot_mark(item.slot) for item in items], np.uint64)]),
            np.concatenate([self.turns, np.array([item.turn for item in items], np.uint32)]),
            np.concatenate([self.times, np.array([item.at for item in items], np.int64)]),
            np.concatenate([self.ready, np.zeros(count, np.uint8)]),
            np.concatenate([self.bits, np.zeros((count, BITS), np.uint8)]),
            np.concatenate([self.ends, ends.astype(np.uint32)]),
            self.blob + b"".join(encoded),
        )

    def joined(self, other: "Memory") -> "Memory":
        """These items and those of `other`, in the order of their numbers."""
        end = int(self.ends[-1]) if len(self) else 0
        both = Memory(
            np.concatenate([self.numbers, other.numbers]),
            np.concatenate([self.kinds, other.kinds]),
            np.concatenate([self.slots, other.slots]),
            np.concatenate([self.turns, other.turns]),
            np.concatenate([self.times, other.times]),
            np.concatenate([self.ready, other.ready]),
            np.concatenate([self.bits, other.bits]),
            np.concatenate([self.ends, other.ends + np.uint32(end)]),
            self.blob + other.blob,
        )
        if (both.numbers[1:] > both.numbers[:-1]).all():
            return both
        return both.keep(np.argsort(both.numbers, kind="stable").tolist())

    def encoded(self, indexes: Sequence[int], vectors: Vectors) -> "Memory":
        """The memory with the vectors of the items at `indexes`, shape (indexes, 384), put in."""
        ready, bits = self.ready.copy(), self.bits.copy()
        chosen = np.asarray(indexes, np.int64)
        ready[chosen] = 1
        bits[chosen] = np.packbits(vectors > 0, axis=1)
        return Memory(self.numbers, self.kinds, self.slots, self.turns, self.times, ready, bits, self.ends, self.blob)

    def similarities(self, query: Vectors) -> npt.NDArray[np.float32]:
        """How alike each item is to `query` (shape (384,), length 1), about -1 to 1; 0 for what is not encoded."""
        # By byte: what each of its 256 values adds to the product, looked up for all items at once.
        table = np.einsum("bk,pk->pb", SIGNS, query.reshape(BITS, 8)).astype(np.float32)
        # A random unit vector against its own signs gives √(2/π): divided out, like against like gives about 1.
        scale = np.float32(np.sqrt(np.pi / 2) / np.sqrt(WIDTH))
        found: npt.NDArray[np.float32] = table[np.arange(BITS), self.bits].sum(1) * scale * self.ready
        return found

    def dumps(self) -> bytes:
        """The memory as bytes; empty for none."""
        if not len(self):
            return b""
        columns = (
            self.times,
            self.slots,
            self.numbers,
            self.turns,
            self.ends,
            self.kinds,
            self.ready,
            self.bits,
        )
        return (
            HEADER.pack(VERSION, len(self), len(self.blob))
            + b"".join(column.tobytes() for column in columns)
            + self.blob
        )

    @classmethod
    def loads(cls, value: bytes) -> Self:
        """The memory in `value`, its columns views of it. Raises `ValueError`."""
        version, count, length = HEADER.unpack_from(value) if value else (VERSION, 0, 0)
        if version != VERSION:
            raise ValueError(f"a memory of version {version}, and this program reads {VERSION}")
        offset = HEADER.size

        def column(dtype: type[np.generic], width: int = 1) -> npt.NDArray[np.generic]:
            nonlocal offset
            if not count:
                return np.zeros(0, dtype)
            array = np.frombuffer(value, dtype, count * width, offset)
            offset += array.nbytes
            return array

        times, slots = column(np.int64), column(np.uint64)
        numbers, turns, ends = column(np.uint32), column(np.uint32), column(np.uint32)
        kinds, ready, bits = column(np.uint8), column(np.uint8), column(np.uint8, BITS)
        blob = value[offset : offset + length]
        if len(blob) != length:
            raise ValueError("a memory that is cut off")
        return cls(
            numbers.astype(np.uint32, copy=False),
            kinds.astype(np.uint8, copy=False),
            slots.astype(np.uint64, copy=False),
            turns.astype(np.uint32, copy=False),
            times.astype(np.int64, copy=False),
            ready.astype(np.uint8, copy=False),
            bits.astype(np.uint8, copy=False).reshape(count, BITS),
            ends.astype(np.uint32, copy=False),
            blob,
        )


def slot_mark(slot: str) -> int:
    """The slot's name as a 64-bit number; 0 for none."""
    if not slot:
        return 0
    # FNV-1a: short, stable over processes, no seed.
    mark = 0xCBF29CE484222325
    for byte in slot.encode():
        mark = (mark ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return mark or 1
