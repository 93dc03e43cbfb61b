"""What routing keeps per learner: the last turns, and their replies for a redelivery."""

import struct
import uuid
from dataclasses import dataclass
from typing import Self

from schemas import codec
from schemas.codec import Event

VERSION = 1
MAX_TURNS = 16
MAX_BYTES = 32 * 1024

# version, turns so far, day of the spending (days since 1970-01-01), spending of that day in millionths of a dollar,
# entries that follow
_HEAD = struct.Struct("<BQIQH")
# turn, message id, lengths of the learner's text, the reply's text and the encoded response
_ENTRY = struct.Struct("<Q16sIII")


class LedgerError(ValueError):
    """The bytes are no stored conversation state."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange. `response` is the encoded TutorResponse, or empty once it had to make room."""

    turn: int
    message_id: str
    text: str
    reply: str
    response: bytes

    @property
    def size(self) -> int:
        """Bytes that it takes when stored."""
        return _ENTRY.size + len(self.text.encode()) + len(self.reply.encode()) + len(self.response)


@dataclass(frozen=True, slots=True)
class ConversationState:
    """The learner's last turns, oldest first, and what was spent on the learner today. Values are not changed."""

    last_turn: int = 0
    turns: tuple[Turn, ...] = ()
    spent_day: int = 0
    spent_micro_usd: int = 0

    def find(self, message_id: str) -> Event | None:
        """The response given to that message, as it was sent; None when there is none or it is no longer kept."""
        for entry in reversed(self.turns):
            if entry.message_id == message_id:
                return codec.decode("TutorResponse", entry.response) if entry.response else None
        return None

    def knows(self, message_id: str) -> bool:
        """Whether that message is among the last turns, its response kept or not."""
        return any(entry.message_id == message_id for entry in self.turns)

    def after(self, turn: int) -> tuple[Turn, ...]:
        """The kept turns with a higher number, oldest first."""
        return tuple(entry for entry in self.turns if entry.turn > turn)

    def spent_usd(self, day: int) -> float:
        """US dollars spent on this learner on that day (days since 1970-01-01, UTC)."""
        return self.spent_micro_usd / 1_000_000 if day == self.spent_day else 0.0

    def with_reply(
        self, response: Event, day: int, max_turns: int = MAX_TURNS, max_bytes: int = MAX_BYTES
    ) -> "ConversationState":
        """The state after `response`, bounded in turns and in bytes.

        To make room, stored responses go first, oldest first, then whole turns; the newest turn always stays whole.
        """
        entry = Turn(
            turn=response["turn"],
            message_id=response["message_id"],
            text=response["message_text"],
            reply=response["text"],
            response=codec.encode("TutorResponse", response),
        )
        cost = round(response["cost_usd"] * 1_000_000)
        return ConversationState(
            last_turn=max(self.last_turn, entry.turn),
            turns=_bounded((*self.turns, entry), max_turns, max_bytes),
            spent_day=day,
            spent_micro_usd=cost + (self.spent_micro_usd if day == self.spent_day else 0),
        )

    def dumps(self) -> bytes:
        """The stored form: a version, then length-prefixed entries."""
        parts = [_HEAD.pack(VERSION, self.last_turn, self.spent_day, self.spent_micro_usd, len(self.turns))]
        for entry in self.turns:
            text, reply = entry.text.encode(), entry.reply.encode()
            message_id = uuid.UUID(entry.message_id).bytes
            parts.append(_ENTRY.pack(entry.turn, message_id, len(text), len(reply), len(entry.response)))
            parts += (text, reply, entry.response)
        return b"".join(parts)

    @classmethod
    def loads(cls, stored: bytes) -> Self:
        """What `dumps` made; empty bytes are a new learner. Raises `LedgerError`."""
        if not stored:
            return cls()
        try:
            version, last_turn, day, spent, count = _HEAD.unpack_from(stored)
            if version != VERSION:
                raise LedgerError(f"conversation state of version {version}, this program reads {VERSION}")
            turns, at = [], _HEAD.size
            for _ in range(count):
                turn, message_id, *lengths = _ENTRY.unpack_from(stored, at)
                at += _ENTRY.size
                blobs = []
                for length in lengths:
                    blobs.append(stored[at : at + length])
                    at += length
                text, reply = blobs[0].decode(), blobs[1].decode()
                turns.append(Turn(turn, str(uuid.UUID(bytes=message_id)), text, reply, blobs[2]))
        except (struct.error, UnicodeDecodeError) as error:
            raise LedgerError(f"not a conversation state: {error}") from error
        if at != len(stored):
            raise LedgerError(f"conversation state ends at byte {at} of {len(stored)}")
        return cls(last_turn, tuple(turns), day, spent)


def _bounded(turns: tuple[Turn, ...], max_turns: int, max_bytes: int) -> tuple[Turn, ...]:
    kept = list(turns[-max_turns:])
    size = sum(entry.size for entry in kept)
    for place, entry in enumerate(kept[:-1]):
        if size <= max_bytes:
            break
        size -= len(entry.response)
        kept[place] = Turn(entry.turn, entry.message_id, entry.text, entry.reply, b"")
    while size > max_bytes and len(kept) > 1:
        size -= kept.pop(0).size
    return tuple(kept)
