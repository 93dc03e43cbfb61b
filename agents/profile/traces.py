"""The knowledge model's state of one learner in few bytes, its rows decoded only when touched.

Times are kept to the second and effects to single precision: what is read back is what is worked on, so the same
events give the same bytes wherever a state is read in between.
"""

from dataclasses import fields
from operator import attrgetter
from struct import Struct
from typing import Any, cast

import numpy as np
import orjson

from agents.profile.knowledge import KnowledgeState
from agents.profile.knowledge.state import ConceptTrace, ItemTrace
from agents.profile.rows import HashedRows, NamedRows

LAYOUT = 1
HEADER = Struct("<BHHHHH")
CONCEPT = Struct("<IIfffffbII")
ITEM = Struct("<HHbII")
MAX_BYTES = 7680
"""Room for all; the stalest items leave first, then the stalest concepts."""

APART = ("hidden", "concepts", "concept_bytes", "items", "seen")
NAMES = tuple(part.name for part in fields(KnowledgeState))
SCALARS = NAMES[: -len(APART)]
if NAMES[-len(APART) :] != APART:
    raise TypeError("a scalar of KnowledgeState stands behind its tables")
LAST_CONCEPTS = SCALARS.index("last_concepts")
SCALARS_OF = attrgetter(*SCALARS)


def _time(at: float | None) -> int:
    return 0 if at is None else min(max(int(at), 0), 0xFFFFFFFF)


def pack_concept(trace: ConceptTrace) -> bytes:
    return CONCEPT.pack(
        trace.attempts,
        trace.correct,
        trace.effect,
        trace.variance,
        trace.known,
        trace.fast,
        trace.slow,
        min(max(trace.streak, -128), 127),
        trace.index,
        _time(trace.at),
    )


def unpack_concept(row: bytes) -> ConceptTrace:
    trace = ConceptTrace(*CONCEPT.unpack(row))
    trace.at = float(trace.at) if trace.at else None
    return trace


def pack_item(trace: ItemTrace) -> bytes:
    return ITEM.pack(min(trace.attempts, 0xFFFF), min(trace.correct, 0xFFFF), trace.last, trace.index, _time(trace.at))


def unpack_item(row: bytes) -> ItemTrace:
    trace = ItemTrace(*ITEM.unpack(row))
    trace.at = float(trace.at) if trace.at else None
    return trace


def dumps(state: KnowledgeState) -> bytes:
    """The bytes that `loads` reads, at most `MAX_BYTES` where the head alone is not more."""
    scalars = orjson.dumps(SCALARS_OF(state))
    hidden = state.hidden.tobytes()
    # The model's `dict` fields hold tables that answer to the same calls.
    concepts, items = cast(Any, state.concepts), cast(Any, state.items)
    rows, names = concepts.packed(), concepts.names
    item_rows, hashes = items.packed(), items.hashes
    over = HEADER.size + len(scalars) + len(hidden) + len(names) + len(rows) + len(item_rows) + len(hashes) - MAX_BYTES
    if over > 0:
        gone = min(-(-over // (ITEM.size + 4)), len(hashes) // 4)
        item_rows, hashes = item_rows[gone * ITEM.size :], hashes[gone * 4 :]
        over -= gone * (ITEM.size + 4)
        while over > 0 and rows:
            cut = names.index(b"\0", 1)
            names, rows = names[cut:], rows[CONCEPT.size :]
            over -= CONCEPT.size + cut
    header = HEADER.pack(LAYOUT, len(scalars), len(hidden), len(names), len(rows), len(hashes))
    return b"".join((header, scalars, hidden, names, rows, hashes, item_rows))


def loads(payload: bytes, hidden_size: int) -> KnowledgeState:
    """The state in `payload`, a new one for no bytes. A hidden vector of another size than `hidden_size` floats, from
    other weights, starts again at 0; the rest stays. Raises ValueError for damaged bytes."""
    concepts: Any = NamedRows(CONCEPT.size, pack_concept, unpack_concept)
    items: Any = HashedRows(ITEM.size, pack_item, unpack_item)
    if not payload:
        return KnowledgeState(hidden=np.zeros(hidden_size, np.float32), concepts=concepts, items=items, seen={})
    layout, *sizes = HEADER.unpack_from(payload, 0)
    if layout != LAYOUT:
        raise ValueError(f"knowledge layout {layout} is not {LAYOUT}")
    at = HEADER.size
    parts = []
    for size in sizes:
        parts.append(payload[at : at + size])
        at += size
    scalars, hidden, names, rows, hashes = parts
    values = orjson.loads(scalars)
    if len(values) != len(SCALARS):
        raise ValueError(f"{len(values)} scalars where {len(SCALARS)} were expected")
    values[LAST_CONCEPTS] = tuple(values[LAST_CONCEPTS])
    known = len(hidden) == 4 * hidden_size
    vector = np.frombuffer(hidden, np.float32) if known else np.zeros(hidden_size, np.float32)
    concepts.load(names, rows)
    items.load(hashes, payload[at:])
    values += (vector, concepts, len(names) - names.count(b"\0"), items, {})
    return KnowledgeState(*values)
