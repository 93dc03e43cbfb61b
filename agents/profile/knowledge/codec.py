"""Bytes of a learner's state and of the shared statistics, each with a version in front.

A state is little-endian: a fixed header, then concepts (records, then names), items and ids of recent
attempts from the stalest to the freshest, then the hidden vector. Reals are float32, times float64.
"""

import json
import struct
import zlib
from typing import Any

import numpy as np

from agents.profile.knowledge.state import (
    DECAYS,
    ConceptTrace,
    ItemTrace,
    KnowledgeState,
)
from agents.profile.knowledge.statistics import VERSION as STATISTICS_VERSION
from agents.profile.knowledge.statistics import Statistics

STATE_VERSION = 1

_HEADER = struct.Struct(f"<BIIff{len(DECAYS)}f{len(DECAYS)}ffibIIIIddIfff")
_CONCEPT = struct.Struct("<HIIfffffiId")
_ITEM = struct.Struct("<IHHBId")
_COUNT = struct.Struct("<H")
_ID = struct.Struct("<I")
_NEVER = float("-inf")


class BadState(ValueError):
    """Bytes are not a state or statistics that this version can read."""


def _time(at: float | None) -> float:
    return _NEVER if at is None else at


def _maybe(at: float) -> float | None:
    return None if at == _NEVER else at


def dump_state(state: KnowledgeState) -> bytes:
    """At most about 13 KB: every part of the state is bounded."""
    parts = [
        _HEADER.pack(
            STATE_VERSION,
            state.attempts,
            state.correct,
            state.ability,
            state.variance,
            *state.outcomes,
            *state.surprises,
            state.easiness,
            state.streak,
            state.last_correct,
            state.last_item,
            state.item_run,
            state.concept_run,
            state.concept_run_correct,
            _time(state.at),
            _time(state.session_start),
            state.session_attempts,
            state.pace,
            state.last_pace,
            state.hints,
        ),
        _COUNT.pack(len(state.last_concepts)),
    ]
    parts += [_named(name) for name in state.last_concepts]
    parts.append(_COUNT.pack(len(state.concepts)))
    names = [name.encode() for name in state.concepts]
    parts += [
        _CONCEPT.pack(
            len(raw),
            t.attempts,
            t.correct,
            t.effect,
            t.variance,
            t.known,
            t.fast,
            t.slow,
            t.streak,
            t.index,
            _NEVER if t.at is None else t.at,
        )
        for raw, t in zip(names, state.concepts.values(), strict=True)
    ]
    parts += names
    parts.append(_COUNT.pack(len(state.items)))
    parts += [
        _ITEM.pack(key, min(t.attempts, 65535), min(t.correct, 65535), t.last, t.index, _time(t.at))
        for key, t in state.items.items()
    ]
    parts.append(_COUNT.pack(len(state.seen)))
    parts.append(struct.pack(f"<{len(state.seen)}I", *state.seen))
    parts += [_COUNT.pack(len(state.hidden)), state.hidden.astype("<f4").tobytes()]
    return b"".join(parts)


def _named(name: str) -> bytes:
    raw = name.encode()
    return _COUNT.pack(len(raw)) + raw


class _Reader:
    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.at = 0

    def take(self, layout: struct.Struct) -> tuple[Any, ...]:
        values = layout.unpack_from(self.raw, self.at)
        self.at += layout.size
        return values

    def count(self) -> int:
        return int(self.take(_COUNT)[0])

    def records(self, layout: struct.Struct) -> list[tuple[Any, ...]]:
        """A count, then as many fixed records."""
        end = self.at + _COUNT.size
        count = self.count()
        end += count * layout.size
        read = list(layout.iter_unpack(self.raw[self.at : end]))
        if len(read) != count:
            raise ValueError(f"{len(read)} records where {count} were expected")
        self.at = end
        return read

    def text(self, size: int) -> str:
        part = self.raw[self.at : self.at + size]
        self.at += size
        return part.decode()


def load_state(raw: bytes) -> KnowledgeState:
    """Read what `dump_state` wrote. Raises BadState for another version or for damaged bytes."""
    if not raw or raw[0] != STATE_VERSION:
        raise BadState(f"knowledge state version {raw[0] if raw else 'none'}, this reads {STATE_VERSION}")
    try:
        return _load(_Reader(raw))
    except (struct.error, UnicodeDecodeError, ValueError) as error:
        raise BadState(f"knowledge state is damaged: {error}") from error


def _load(reader: _Reader) -> KnowledgeState:
    head = reader.take(_HEADER)
    n = len(DECAYS)
    tail = head[5 + 2 * n :]
    state = KnowledgeState(
        attempts=head[1],
        correct=head[2],
        ability=head[3],
        variance=head[4],
        outcomes=list(head[5 : 5 + n]),
        surprises=list(head[5 + n : 5 + 2 * n]),
        easiness=tail[0],
        streak=tail[1],
        last_correct=tail[2],
        last_item=tail[3],
        item_run=tail[4],
        concept_run=tail[5],
        concept_run_correct=tail[6],
        at=_maybe(tail[7]),
        session_start=_maybe(tail[8]),
        session_attempts=tail[9],
        pace=tail[10],
        last_pace=tail[11],
        hints=tail[12],
    )
    state.last_concepts = tuple(reader.text(reader.count()) for _ in range(reader.count()))
    records = reader.records(_CONCEPT)
    for size, attempts, correct, effect, variance, known, fast, slow, streak, index, at in records:
        state.concepts[reader.text(size)] = ConceptTrace(
            attempts, correct, effect, variance, known, fast, slow, streak, index, None if at == _NEVER else at
        )
        state.concept_bytes += size
    state.items = {
        key: ItemTrace(attempts, correct, last, index, None if at == _NEVER else at)
        for key, attempts, correct, last, index, at in reader.records(_ITEM)
    }
    state.seen = {key: None for (key,) in reader.records(_ID)}
    size = 4 * reader.count()
    state.hidden = np.frombuffer(reader.raw[reader.at : reader.at + size], "<f4").astype(np.float32)
    if reader.at + size != len(reader.raw):
        raise ValueError(f"{len(reader.raw)} bytes where {reader.at + size} were expected")
    return state


def dump_statistics(statistics: Statistics) -> bytes:
    """Compressed JSON; exact, so that what one partition publishes can be subtracted again elsewhere."""
    tables = {name: getattr(statistics, name) for name in ("total", "items", "concepts", "follows", "transitions")}
    return zlib.compress(json.dumps({"version": STATISTICS_VERSION, **tables}, separators=(",", ":")).encode(), 6)


def load_statistics(raw: bytes) -> Statistics:
    """Read what `dump_statistics` wrote. Raises BadState for another version or for damaged bytes."""
    try:
        read = json.loads(zlib.decompress(raw))
        version = read["version"]
    except (zlib.error, ValueError, KeyError, TypeError) as error:
        raise BadState(f"shared statistics are damaged: {error}") from error
    if version != STATISTICS_VERSION:
        raise BadState(f"shared statistics version {version}, this reads {STATISTICS_VERSION}")
    return Statistics(read["total"], read["items"], read["concepts"], read["follows"], read["transitions"])
