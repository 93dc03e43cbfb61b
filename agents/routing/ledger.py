"""What routing keeps per learner: the last turns, and their replies for a redelivery.

One small row says which turns there are; each turn is a row of its own beside it, written once and deleted when it
leaves the ring, so that a reply is not written again with each one that follows.
"""

import struct
import uuid
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from agents.newer import NewerStateError
from agents.routing.usage import paid_usd
from agents.rows import Rows, no_rows
from schemas import codec
from schemas.codec import Event

VERSION = 2
# Turns within the row itself, as the first version had them; read, and written as rows with the next reply.
INLINE_VERSION = 1
ROW_VERSION = 1
# Higher ones take twice the time for 2 %.
LEVEL = 1
MAX_TURNS = 16
MAX_BYTES = 32 * 1024

# version, turns so far, day of the spending (days since 1970-01-01), spending of that day in millionths of a dollar,
# entries that follow
_HEAD = struct.Struct("<BQIQH")
# turn, message id, bytes of the turn's row
_ENTRY = struct.Struct("<Q16sI")
# turn, message id, lengths of the learner's text, the reply's text and the encoded response, which follow
_INLINE = struct.Struct("<Q16sIII")
# version, lengths of the learner's text and of the reply's; compressed, both and the encoded response follow
_ROW = struct.Struct("<BII")


class LedgerError(ValueError):
    """The bytes are no stored conversation state."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange. `response` is the encoded TutorResponse, or empty where the first version dropped it."""

    text: str
    reply: str
    response: bytes
    turn: int = 0

    def dumps(self) -> bytes:
        """The stored form. Both texts stand in the response again, which compression makes nothing of."""
        text, reply = self.text.encode(), self.reply.encode()
        return _ROW.pack(ROW_VERSION, len(text), len(reply)) + zlib.compress(text + reply + self.response, LEVEL)

    @classmethod
    def loads(cls, stored: bytes, turn: int = 0) -> "Turn":
        """What `dumps` made. Raises `LedgerError`."""
        try:
            version, text, reply = _ROW.unpack_from(stored)
            if version != ROW_VERSION:
                raise LedgerError(f"a turn of version {version}, this program reads {ROW_VERSION}")
            whole = zlib.decompress(stored[_ROW.size :])
            if text + reply > len(whole):
                raise LedgerError(f"a turn's texts end behind its {len(whole)} bytes")
            end = text + reply
            return cls(whole[:text].decode(), whole[text:end].decode(), whole[end:], turn)
        except (struct.error, zlib.error, UnicodeDecodeError) as error:
            raise LedgerError(f"not a turn: {error}") from error


@dataclass(frozen=True, slots=True)
class Entry:
    """That there is a turn: its number, its message, and the bytes of its row."""

    turn: int
    message_id: str
    size: int

    @property
    def row(self) -> bytes:
        """The name of its row."""
        return row_name(self.message_id)


def row_name(message_id: str) -> bytes:
    """The name of the row that holds the reply to a message."""
    return uuid.UUID(message_id).bytes


@dataclass(frozen=True, slots=True)
class ConversationState:
    """The learner's last turns, oldest first, and what was spent on the learner today. Values are not changed.

    `rows` reads what is stored; `changes` are the rows to store (`None`: to delete) together with `dumps()`.
    """

    last_turn: int = 0
    entries: tuple[Entry, ...] = ()
    spent_day: int = 0
    spent_micro_usd: int = 0
    rows: Rows = field(default=no_rows, repr=False, compare=False)
    changes: Mapping[bytes, bytes | None] = field(default_factory=dict, repr=False, compare=False)

    def find(self, message_id: str) -> Event | None:
        """The response given to that message, as it was sent; None when there is none or it is no longer kept.

        It may be there although `knows` says no: a crash came between the writing of the two. Raises `UndecidedError`
        while the schema of another version that has stored it is looked up.
        """
        stored = self._row(row_name(message_id))
        if stored is None:
            return None
        response = Turn.loads(stored).response
        return codec.decode("TutorResponse", response) if response else None

    def knows(self, message_id: str) -> bool:
        """Whether that message is among the last turns."""
        return any(entry.message_id == message_id for entry in self.entries)

    def lost(self, message_id: str) -> bool:
        """Whether that message is among the last turns and its row is not there: a crash came before it was stored."""
        return self.knows(message_id) and self._row(row_name(message_id)) is None

    def since(self, turn: int) -> tuple[Turn, ...]:
        """The kept turns with a higher number, oldest first; the newest one in any case."""
        found = []
        for entry in self.entries:
            if entry.turn > turn or entry is self.entries[-1]:
                stored = self._row(entry.row)
                if stored is not None:
                    found.append(Turn.loads(stored, entry.turn))
        return tuple(found)

    def spent_usd(self, day: int) -> float:
        """US dollars spent on this learner on that day (days since 1970-01-01, UTC)."""
        return self.spent_micro_usd / 1_000_000 if day == self.spent_day else 0.0

    def with_reply(
        self, response: Event, day: int, max_turns: int = MAX_TURNS, max_bytes: int = MAX_BYTES
    ) -> "ConversationState":
        """The state after `response`, bounded in turns and in bytes; the newest turn always stays."""
        text, reply = response["message_text"], response["text"]
        stored = Turn(text, reply, codec.encode("TutorResponse", response)).dumps()
        entry = Entry(response["turn"], response["message_id"], len(stored))
        others = [other for other in self.entries if other.message_id != entry.message_id]
        changes = {**self.changes, entry.row: stored}
        size = sum(other.size for other in others) + entry.size
        while others and (len(others) >= max_turns or size > max_bytes):
            gone = others.pop(0)
            size -= gone.size
            changes[gone.row] = None
        cost = round(paid_usd(response) * 1_000_000)
        return replace(
            self,
            last_turn=max(self.last_turn, entry.turn),
            entries=(*others, entry),
            spent_day=day,
            spent_micro_usd=cost + (self.spent_micro_usd if day == self.spent_day else 0),
            changes=changes,
        )

    def forgotten(self) -> dict[bytes, bytes | None]:
        """The rows to delete when the learner is to be forgotten."""
        return {entry.row: None for entry in self.entries}

    def dumps(self) -> bytes:
        """The stored form, without the rows."""
        parts = [_HEAD.pack(VERSION, self.last_turn, self.spent_day, self.spent_micro_usd, len(self.entries))]
        parts += [_ENTRY.pack(entry.turn, entry.row, entry.size) for entry in self.entries]
        return b"".join(parts)

    @classmethod
    def loads(cls, stored: bytes, rows: Rows = no_rows) -> "ConversationState":
        """What `dumps` made; empty bytes are a new learner. Raises `LedgerError` and `NewerStateError`."""
        if not stored:
            return cls(rows=rows)
        changes: dict[bytes, bytes | None] = {}
        try:
            version, last_turn, day, spent, count = _HEAD.unpack_from(stored)
            if version == VERSION:
                entries, at = _entries(stored, count)
            elif version == INLINE_VERSION:
                entries, at = _inline(stored, count, changes)
            elif version > VERSION:
                raise NewerStateError("conversation", version, VERSION)
            else:
                raise LedgerError(f"conversation state of version {version}, this program reads {VERSION}")
        except (struct.error, UnicodeDecodeError) as error:
            raise LedgerError(f"not a conversation state: {error}") from error
        if at != len(stored):
            raise LedgerError(f"conversation state ends at byte {at} of {len(stored)}")
        return cls(last_turn, entries, day, spent, rows, changes)

    def _row(self, name: bytes) -> bytes | None:
        return self.changes[name] if name in self.changes else self.rows(name)


def _entries(stored: bytes, count: int) -> tuple[tuple[Entry, ...], int]:
    entries, at = [], _HEAD.size
    for _ in range(count):
        turn, message_id, size = _ENTRY.unpack_from(stored, at)
        entries.append(Entry(turn, str(uuid.UUID(bytes=message_id)), size))
        at += _ENTRY.size
    return tuple(entries), at


def _inline(stored: bytes, count: int, changes: dict[bytes, bytes | None]) -> tuple[tuple[Entry, ...], int]:
    entries, at = [], _HEAD.size
    for _ in range(count):
        turn, message_id, *lengths = _INLINE.unpack_from(stored, at)
        at += _INLINE.size
        blobs = []
        for length in lengths:
            blobs.append(stored[at : at + length])
            at += length
        row = Turn(blobs[0].decode(), blobs[1].decode(), blobs[2]).dumps()
        changes[message_id] = row
        entries.append(Entry(turn, str(uuid.UUID(bytes=message_id)), len(row)))
    return tuple(entries), at
