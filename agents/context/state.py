"""What the context stage keeps of one learner: conversation, mood, profile, sittings and memory. Bounded."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import orjson

from agents.context import condense
from agents.context.memory import apart as rows_apart
from agents.context.memory.apart import Apart, Change
from agents.context.memory.store import Memory
from agents.newer import NewerStateError
from agents.rows import Rows, no_rows

VERSION = b"\x03"
WHOLE_MEMORY = b"\x02"
"""The version before, which holds all of the memory."""
LENGTH = struct.Struct("<I")
VERBATIM_CHARS = 6000
LONGEST_CHARS = 4000
CONDENSED_CHARS = 400
MOODS = 8
CONCEPTS_A_SITTING = 8
SITTING_GAP_MICROS = 30 * 60 * 1_000_000


class StateError(ValueError):
    """The bytes are not a state that this version can read."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A message and its reply. `number` counts the learner's turns from 1; `sent_at` is in microseconds, UTC."""

    number: int
    message: str
    reply: str
    sent_at: int
    concepts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mood:
    """How the learner seemed at one turn: valence from -1 to 1, and the strongest learning state, '' if none was."""

    turn: int
    valence: float
    state: str


@dataclass(frozen=True, slots=True)
class Sitting:
    """A session: when it began and was last heard of (microseconds, UTC), what it was about and how it felt last."""

    session_id: str
    started_at: int
    last_at: int
    messages: int = 0
    concepts: tuple[str, ...] = ()
    mood: str = ""
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the profile says of one concept. `due_at` is in microseconds, UTC."""

    concept: str
    p_correct: float
    mastered: bool
    due_at: int | None


@dataclass(frozen=True, slots=True)
class ProfileSummary:
    """The parts of a profile snapshot that a prompt may use."""

    revision: int
    messages: int
    attempts: int
    correct: int
    concepts: tuple[Knowledge, ...] = ()
    traits: tuple[tuple[str, float, str], ...] = ()
    next_step: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ContextState:
    """One learner's row. Turns and moods are in the order of their numbers, each number once.

    `apart` is what of the memory is stored in a row of its own, `written` the memory that was written last and what of
    it is not apart: two writes in three leave it as it was. `forgets`: the learner asked to forget something, which
    shall not stand in that row any longer. `forgot` is the last turn in which they asked for that.
    """

    turns: tuple[Turn, ...] = ()
    turns_through: int = 0
    moods: tuple[Mood, ...] = ()
    profile: ProfileSummary | None = None
    sitting: Sitting | None = None
    last_sitting: Sitting | None = None
    memory: Memory = field(default_factory=Memory.empty)
    forgot: int = 0
    apart: Apart = field(default_factory=Apart, compare=False)
    written: tuple[Memory, Change] | None = field(default=None, compare=False)
    forgets: bool = field(default=False, compare=False)

    def with_turn(self, turn: Turn, most: int) -> Self:
        """The state with `turn` in its place, at most `most` turns kept and the older of them condensed.

        A number that is there already changes nothing; the same turns give the same state whatever their order.
        """
        through = max(self.turns_through, turn.number)
        if any(known.number == turn.number for known in self.turns):
            return self
        turns = sorted((*self.turns, turn), key=lambda known: known.number)[-most:]
        bounded: list[Turn] = []
        room = VERBATIM_CHARS
        for known in reversed(turns):
            # The newest turn stays whole; the first that exceeds the room is condensed, and so are all before it.
            room -= len(known.message) + len(known.reply)
            bounded.append(_bounded(known, verbatim=room >= 0 or not bounded))
        return replace(self, turns=tuple(reversed(bounded)), turns_through=through)

    def with_mood(self, mood: Mood) -> Self:
        """The state with `mood` in its place among the last few; a turn that has one keeps it."""
        if any(known.turn == mood.turn for known in self.moods):
            return self
        moods = sorted((*self.moods, mood), key=lambda known: known.turn)[-MOODS:]
        return replace(self, moods=tuple(moods))

    def in_sitting(self, session_id: str | None, at: int) -> Self:
        """The state at `at` within the session: a new session, or half an hour's silence, ends the one before.

        What is older than the sitting under way belongs to the past and changes nothing.
        """
        now, name = self.sitting, session_id or ""
        if now is None:
            return replace(self, sitting=Sitting(name, at, at))
        if at < now.started_at:
            return self
        if name == now.session_id and (name or at - now.last_at <= SITTING_GAP_MICROS):
            return replace(self, sitting=replace(now, last_at=max(at, now.last_at)))
        return replace(self, sitting=Sitting(name, at, at), last_sitting=now if now.messages else self.last_sitting)

    def stored(self) -> tuple[Self, bytes, Mapping[bytes, bytes | None]]:
        """The state as it will be read again, its bytes, and the rows to store beside them, by name."""
        apart, changed, rows = rows_apart.settled(self.apart, self.memory, self._changed(), self.forgets)
        state = replace(self, apart=apart, written=(self.memory, changed), forgets=False)
        return state, state._bytes(changed), rows

    def dumps(self) -> bytes:
        """The state as bytes, for which the rows beside it are as they were."""
        return self._bytes(self._changed())

    def _changed(self) -> Change:
        if self.written is not None and self.written[0] is self.memory:
            return self.written[1]
        return rows_apart.change(self.apart, self.memory)

    def _bytes(self, changed: Change) -> bytes:
        # A version byte, compact JSON behind its length, and the columns of the items that are not apart.
        sitting, last, profile, apart = self.sitting, self.last_sitting, self.profile, self.apart
        head = orjson.dumps(
            {
                "t": [(t.number, t.message, t.reply, t.sent_at, t.concepts) for t in self.turns],
                "n": self.turns_through,
                "m": [(m.turn, m.valence, m.state) for m in self.moods],
                "p": _profile_row(profile) if profile else None,
                "s": _sitting_row(sitting) if sitting else None,
                "l": _sitting_row(last) if last else None,
                "a": (apart.row, apart.mark, apart.spent, changed.gone),
                "f": self.forgot,
            }
        )
        return VERSION + LENGTH.pack(len(head)) + head + changed.recent.dumps()

    @classmethod
    def loads(cls, value: bytes | None, rows: Rows = no_rows) -> Self:
        """The state in `value`, with what is stored beside it; an empty one for none.

        Raises `StateError` and `NewerStateError`.
        """
        if not value:
            return cls()
        if value[:1] > VERSION:
            raise NewerStateError("context", value[0], VERSION[0])
        if value[:1] not in (VERSION, WHOLE_MEMORY):
            raise StateError(f"a context state of version {value[0]}, and this program reads {VERSION[0]}")
        try:
            (length,) = LENGTH.unpack_from(value, 1)
            start = 1 + LENGTH.size
            row = orjson.loads(value[start : start + length])
            which, mark, spent, gone = row["a"] if value[:1] == VERSION else (None, 0, False, ())
            apart = rows_apart.loads(which, mark, spent, rows)
            return cls(
                turns=tuple(Turn(n, message, reply, at, tuple(about)) for n, message, reply, at, about in row["t"]),
                turns_through=row["n"],
                moods=tuple(Mood(*mood) for mood in row["m"]),
                profile=_profile(row["p"]) if row["p"] else None,
                sitting=_sitting(row["s"]) if row["s"] else None,
                last_sitting=_sitting(row["l"]) if row["l"] else None,
                memory=rows_apart.restored(apart, gone, Memory.loads(value[start + length :])),
                forgot=row.get("f", 0),
                apart=apart,
            )
        except (struct.error, LookupError, TypeError, ValueError, OverflowError) as error:
            raise StateError(f"not a context state: {error}") from error


def _bounded(turn: Turn, *, verbatim: bool) -> Turn:
    if verbatim:
        message, reply = condense.clip(turn.message, LONGEST_CHARS), condense.clip(turn.reply, LONGEST_CHARS)
    else:
        message = condense.condense(turn.message, CONDENSED_CHARS)
        reply = condense.condense(turn.reply, CONDENSED_CHARS)
    if message == turn.message and reply == turn.reply:
        return turn
    return replace(turn, message=message, reply=reply)


def _sitting_row(sitting: Sitting) -> tuple[Any, ...]:
    return (
        sitting.session_id,
        sitting.started_at,
        sitting.last_at,
        sitting.messages,
        sitting.concepts,
        sitting.mood,
        sitting.closed,
    )


def _sitting(row: list[Any]) -> Sitting:
    session_id, started_at, last_at, messages, concepts, mood, closed = row
    return Sitting(session_id, started_at, last_at, messages, tuple(concepts), mood, closed)


def _profile_row(profile: ProfileSummary) -> tuple[Any, ...]:
    return (
        profile.revision,
        profile.messages,
        profile.attempts,
        profile.correct,
        [(k.concept, round(k.p_correct, 4), k.mastered, k.due_at) for k in profile.concepts],
        [(name, round(value, 4), unit) for name, value, unit in profile.traits],
        dict(profile.next_step) if profile.next_step else None,
    )


def _profile(row: list[Any]) -> ProfileSummary:
    revision, messages, attempts, correct, concepts, traits, next_step = row
    return ProfileSummary(
        revision,
        messages,
        attempts,
        correct,
        tuple(Knowledge(*known) for known in concepts),
        tuple((name, value, unit) for name, value, unit in traits),
        next_step,
    )
