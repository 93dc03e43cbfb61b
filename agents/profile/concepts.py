"""What is kept of one learner per concept. No name holds a NUL."""

from dataclasses import dataclass
from struct import Struct
from zlib import crc32

from agents.profile.recall import recall_after
from agents.profile.rows import NamedRows

MAX_CONCEPTS = 40
MAX_NAME_BYTES = 1280
"""Room for all concept names together; the concept touched longest ago leaves first."""
MAX_MASTERED_BEFORE = 1024
"""Concepts that left the table mastered; of these only a 32-bit hash is kept. Of a curriculum with more concepts than
this and the table hold, the first ones would come again as if they had never been tried."""

ROW = Struct("<IIhBqIffffffIB")
SECOND = 1_000_000


@dataclass(slots=True)
class Concept:
    """One learner on one concept.

    `streak`: right answers in a row, or wrong ones below 0. `last_at`: microseconds since the epoch, 0 before the
    first attempt; `due_at` likewise, kept to the second. `stability` (days, 0 before the first attempt) and
    `difficulty` (1 to 10) belong to the memory model. `p`, `uncertainty` and `known` are the knowledge model's
    estimates after the last attempt. `goal` is the predicted number of attempts to mastery, made after `goal_at`
    attempts in the situation `goal_cell`.
    """

    attempts: int = 0
    correct: int = 0
    streak: int = 0
    mastered: int = 0
    last_at: int = 0
    due_at: int = 0
    stability: float = 0.0
    difficulty: float = 0.0
    p: float = 0.5
    uncertainty: float = 0.5
    known: float = 0.5
    goal: float = 0.0
    goal_at: int = 0
    goal_cell: int = 0


def pack(concept: Concept) -> bytes:
    return ROW.pack(
        concept.attempts,
        concept.correct,
        concept.streak,
        concept.mastered,
        concept.last_at,
        min(concept.due_at // SECOND, 0xFFFFFFFF),
        concept.stability,
        concept.difficulty,
        concept.p,
        concept.uncertainty,
        concept.known,
        concept.goal,
        concept.goal_at,
        concept.goal_cell,
    )


def unpack(row: bytes) -> Concept:
    concept = Concept(*ROW.unpack(row))
    concept.due_at *= SECOND
    return concept


class ConceptTable:
    """The concepts of one learner, stalest first, at most `MAX_CONCEPTS`."""

    __slots__ = ("_rows", "mastered_before")

    def __init__(self) -> None:
        self._rows: NamedRows[Concept] = NamedRows(ROW.size, pack, unpack)
        self.mastered_before: dict[int, None] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, name: str) -> bool:
        return name in self._rows

    def get(self, name: str) -> Concept | None:
        """The concept called `name`, to look at or to change, without making it the freshest."""
        return self._rows.get(name)

    def touch(self, name: str) -> Concept:
        """The concept called `name`, made if missing and now the freshest."""
        concept = self._rows.pop(name)
        if concept is None:
            # A hash that is there maps to None.
            concept = Concept(mastered=int(self.mastered_before.pop(crc32(name.encode()), 0) is None))
            while len(self._rows) >= MAX_CONCEPTS:
                self._drop()
        self._rows[name] = concept
        return concept

    def _drop(self) -> None:
        name = next(iter(self._rows))
        concept = self._rows.pop(name)
        if concept is not None and concept.mastered:
            self.mastered_before[crc32(name.encode())] = None
            if len(self.mastered_before) > MAX_MASTERED_BEFORE:
                del self.mastered_before[next(iter(self.mastered_before))]

    def is_mastered(self, name: str) -> bool:
        """Whether `name` is mastered, or was when it left the table."""
        concept = self._rows.get(name)
        if concept is not None:
            return bool(concept.mastered)
        return crc32(name.encode()) in self.mastered_before

    def settle(self) -> None:
        """Pack what was changed and drop what there is no room for; concepts handed out before are done with."""
        self._rows.packed()
        while len(self._rows.names) > MAX_NAME_BYTES and len(self._rows) > 1:
            self._drop()

    def freshest(self, limit: int) -> tuple[list[str], bytes]:
        """Names and packed rows of at most `limit` concepts, the most recently touched one last, after `settle`."""
        return self._rows.last(limit)

    def most_due(self, now: int) -> tuple[str | None, int]:
        """The mastered concept that is due at `now` with the smallest stability for the time since it was last
        tried, and when the next one of the others is due (0: none)."""
        self.settle()
        worst, worst_at, next_due = 0.0, -1, 0
        dues: list[tuple[int, int]] = []
        for position, row in enumerate(ROW.iter_unpack(self._rows.packed())):
            if row[3] and row[5]:
                dues.append((position, row[5] * SECOND))
                firm = recall_after(row[6], now - row[4]) or 1.0
                if row[5] * SECOND <= now and (worst_at < 0 or firm < worst):
                    worst, worst_at = firm, position
        for position, due in dues:
            if position != worst_at and (next_due == 0 or due < next_due):
                next_due = due
        if worst_at < 0:
            return None, next_due
        return self._rows.names[1:-1].decode().split("\0")[worst_at], next_due

    def weakest(self, now: int, excluded: str | None) -> str | None:
        """The concept with the least recall at `now`, `excluded` only where it is the only one."""
        self.settle()
        rows = self._rows.packed()
        names = self._rows.names[1:-1].decode().split("\0")
        weakest: tuple[bool, float, str] | None = None
        for name, row in zip(names, ROW.iter_unpack(rows), strict=False):
            rank = (name == excluded, (recall_after(row[6], now - row[4]) or 1.0), name)
            if weakest is None or rank < weakest:
                weakest = rank
        return None if weakest is None else weakest[2]

    def dumps(self) -> tuple[bytes, bytes, bytes]:
        """The names, the packed rows in the same order, and the hashes of what left mastered."""
        self.settle()
        hashes = Struct(f"<{len(self.mastered_before)}I").pack(*self.mastered_before)
        return self._rows.names, self._rows.packed(), hashes

    @classmethod
    def loads(cls, names: bytes, rows: bytes, hashes: bytes) -> "ConceptTable":
        """The table that `dumps` wrote. Raises ValueError where the parts do not belong together."""
        table = cls()
        table._rows.load(names, rows)
        if hashes:
            table.mastered_before = dict.fromkeys(Struct(f"<{len(hashes) // 4}I").unpack(hashes))
        return table
