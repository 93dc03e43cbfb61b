"""Older versions of the profile's bytes, turned into the next one. A version's layout is written out here as it was,
independent of today's classes."""

from collections.abc import Callable
from struct import Struct

import orjson

MAGIC = b"MXP"


def from_1(payload: bytes) -> bytes:
    """Version 1 had no sums, no path and no knowledge model; its concept rows had room for a card's state."""
    lengths = Struct("<IIIII")
    head_size, pending_size, names_size, rows_size, seen_size = lengths.unpack_from(payload, 4)
    at = 4 + lengths.size
    head = orjson.loads(payload[at : at + head_size])
    at += head_size
    pending = payload[at : at + pending_size]
    at += pending_size
    names = payload[at : at + names_size]
    at += names_size
    rows = payload[at : at + rows_size]
    at += rows_size
    seen = payload[at : at + seen_size]
    before, after = Struct("<IIhBBbqqffffffI"), Struct("<IIhBqIffffffIB")
    # Version 1 kept 64 concepts, version 2 keeps the 40 freshest.
    kept = names.split(b"\0")[-40:] if rows else []
    moved = []
    for row in list(before.iter_unpack(rows))[-40:]:
        attempts, correct, streak, mastered, _, _, last_at, due_at, *figures, goal_at = row
        moved.append(
            after.pack(attempts, correct, streak, mastered, last_at, due_at // 1_000_000, *figures, goal_at, 0)
        )
    waiting = [one | {"tokens": 0, "form": None} for one in orjson.loads(pending)]
    new_head = orjson.dumps(
        [
            head["revision"],
            head["messages"],
            head["attempts"],
            head["correct"],
            head["at"],
            1 if head["session"][1] else 0,
            0,
            None,
            [*head["session"], 0],
            head["mood"],
            head["mood_n"],
            {},
            {},
            0.0,
            1.0,
            None,
            [],
            [],
            None,
            0,
        ]
    )
    new_pending = orjson.dumps(waiting)
    joined_names, joined_rows = b"\0" + b"".join(name + b"\0" for name in kept), b"".join(moved)
    sizes = Struct("<HHHHHH").pack(len(new_head), len(new_pending), len(joined_names), len(joined_rows), 0, len(seen))
    sums = bytes(18 * 3 * 8)
    return b"".join((MAGIC, b"\x02", sizes, sums, new_head, new_pending, joined_names, joined_rows, seen))


MIGRATIONS: dict[int, Callable[[bytes], bytes]] = {1: from_1}
"""From a version to the next one."""
