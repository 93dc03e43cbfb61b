"""One learner's profile as it is kept between events: versioned bytes, migrated when read."""

from dataclasses import dataclass, field, fields
from operator import attrgetter
from struct import Struct
from struct import error as StructError
from typing import Any

import orjson

from agents.newer import NewerStateError
from agents.profile import averages
from agents.profile.averages import Sums
from agents.profile.concepts import ConceptTable
from agents.profile.migrations import MAGIC, MIGRATIONS
from agents.profile.traits import QUANTITIES

VERSION = 2
SEEN_IDS = 64

LENGTHS = Struct("<HHHHHH")
SUMS = Struct(f"<{QUANTITIES * averages.WIDTH}d")


class StateError(ValueError):
    """The bytes are not a profile that this version can read."""


@dataclass(slots=True)
class Session:
    """One sitting: attempts and messages with no pause of half an hour between them. Times in microseconds.

    `wrong_run`: wrong answers since the last right one. `open_error`: 1 while a wrong answer waits for what the
    learner does next, 2 once a message has followed it.
    """

    id: str | None = None
    start: int = 0
    last: int = 0
    attempts: int = 0
    correct: int = 0
    messages: int = 0
    wrong_run: int = 0
    open_error: int = 0


@dataclass(slots=True)
class ProfileState:
    """Everything the profile knows of one learner.

    `at`: the latest `sent_at` seen, microseconds. `sessions`: sittings begun; `last_end`: when the one before this
    ended. `focus`: the concept at hand. `mood`: running mean per learning state and of valence, over `mood_n` readings.
    `standing`: predictions waiting for what happens, and what sessions leave to the next, `risks`: the latest ones and
    their standard errors, by name. `ability`: log-odds, from graded attempts. `path`: the next concepts of the learning
    path. `review`: the concept that is due and comes first, `next_due`: when the next of the others is. `pending`:
    decisions waiting for their reward, oldest first. `sums`: fading averages, for the traits. `seen`: the last
    `SEEN_IDS` event ids, eight bytes each. `knowledge`: the knowledge model's state, packed.
    """

    revision: int = 0
    messages: int = 0
    attempts: int = 0
    correct: int = 0
    at: int = 0
    sessions: int = 0
    last_end: int = 0
    focus: str | None = None
    session: Session = field(default_factory=Session)
    mood: dict[str, float] = field(default_factory=dict)
    mood_n: int = 0
    standing: dict[str, list[Any]] = field(default_factory=dict)
    risks: dict[str, list[float]] = field(default_factory=dict)
    ability: float = 0.0
    ability_uncertainty: float = 1.0
    next_step: dict[str, Any] | None = None
    path: list[str] = field(default_factory=list)
    recent_items: list[str] = field(default_factory=list)
    review: str | None = None
    next_due: int = 0
    pending: list[dict[str, Any]] = field(default_factory=list)
    sums: Sums = field(default_factory=lambda: averages.zeros(QUANTITIES))
    concepts: ConceptTable = field(default_factory=ConceptTable)
    seen: bytes = b""
    knowledge: bytes = b""

    def is_repeat(self, event_id: str) -> bool:
        """Whether this event was among the last `SEEN_IDS`; notes it if not."""
        # The last 62 bits of a UUID are random or a hash in every version; the first ones may be a clock.
        mark = bytes.fromhex(event_id[-17:].replace("-", ""))
        found = self.seen.find(mark)
        while found >= 0 and found % 8:
            found = self.seen.find(mark, found + 1)
        if found >= 0:
            return True
        self.seen = self.seen[-8 * (SEEN_IDS - 1) :] + mark
        return False

    def dumps(self) -> bytes:
        """The bytes that `loads` reads: lengths, sums, head and pending (JSON), concepts, ids, knowledge."""
        session = self.session
        head = orjson.dumps(
            [
                self.revision,
                self.messages,
                self.attempts,
                self.correct,
                self.at,
                self.sessions,
                self.last_end,
                self.focus,
                SESSION_FIELDS_OF(session),
                self.mood,
                self.mood_n,
                self.standing,
                self.risks,
                self.ability,
                self.ability_uncertainty,
                self.next_step,
                self.path,
                self.recent_items,
                self.review,
                self.next_due,
            ]
        )
        pending = orjson.dumps(self.pending)
        names, rows, mastered = self.concepts.dumps()
        lengths = LENGTHS.pack(len(head), len(pending), len(names), len(rows), len(mastered), len(self.seen))
        sums = SUMS.pack(*self.sums)
        return b"".join((PREFIX, lengths, sums, head, pending, names, rows, mastered, self.seen, self.knowledge))


SESSION_FIELDS_OF = attrgetter(*(part.name for part in fields(Session)))
PREFIX = MAGIC + bytes([VERSION])


def loads(payload: bytes | None) -> ProfileState:
    """The profile in `payload`; a new one for None or no bytes.

    Raises `StateError` where the bytes are damaged, `NewerStateError` where they are of a version newer than this one.
    """
    if not payload:
        return ProfileState()
    if payload[:3] != MAGIC or len(payload) < 4:
        raise StateError(f"no profile: the bytes start with {payload[:4].hex()}")
    if payload[3] > VERSION:
        raise NewerStateError("profile", payload[3], VERSION)
    try:
        while payload[3] < VERSION:
            payload = MIGRATIONS[payload[3]](payload)
        return _read(payload)
    except (ValueError, KeyError, TypeError, IndexError, StructError) as error:
        raise StateError(f"damaged profile: {error}") from error


def _read(payload: bytes) -> ProfileState:
    at = len(PREFIX)
    sizes = LENGTHS.unpack_from(payload, at)
    at += LENGTHS.size
    sums = list(SUMS.unpack_from(payload, at))
    at += SUMS.size
    parts: list[bytes] = []
    for size in sizes:
        parts.append(payload[at : at + size])
        at += size
    if at > len(payload):
        raise StateError("damaged profile: cut off")
    head = orjson.loads(parts[0])
    values: list[Any] = [
        *head[:8],
        Session(*head[8]),
        *head[9:],
        orjson.loads(parts[1]),
        sums,
        ConceptTable.loads(parts[2], parts[3], parts[4]),
        parts[5],
        payload[at:],
    ]
    return ProfileState(*values)
