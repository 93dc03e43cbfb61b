"""Most of a memory in a row of its own, written seldom; what changed since then stays with the state.

A learner's state is written at each message, reply and profile, and a thousand items take 150 KB. So the state holds
only the items that are newer than the row, and the numbers of those that are gone from it. Once that is more than
`MOST_CHANGES`, the whole memory is written as a new row and the state begins anew.

Two rows take turns, and a new one is stored before the state that speaks of it: the row of the stored state is never
written over, so a worker may end at any moment between them. A learner whose row is missing all the same, or is not the
one that the state speaks of, goes on without what was in it.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from zlib import crc32

import numpy as np
import numpy.typing as npt

from agents.context.memory.store import Memory
from agents.rows import Rows

log = logging.getLogger(__name__)

MOST_CHANGES = 64
"""That may stand in a state: a memory has no row before it is larger. Bytes written a message at a thousand items, by
`make bench-context`: 27,600 with 32, 22,900 with 64, 24,800 with 128."""
NAMES = (b"memory-0", b"memory-1")


@dataclass(frozen=True, slots=True)
class Apart:
    """What is stored apart: `memory`, under `NAMES[row]`, with the checksum `mark` of its bytes.

    `row` is `None` where nothing is. `spent`: the other row is there still and can go.
    """

    row: int | None = None
    mark: int = 0
    spent: bool = False
    memory: Memory = field(default_factory=Memory.empty)


@dataclass(frozen=True, slots=True)
class Change:
    """A memory against the one apart: numbers of items that are `gone`, and items that are new or newly encoded."""

    gone: tuple[int, ...]
    recent: Memory

    def __len__(self) -> int:
        return len(self.gone) + len(self.recent)


NOTHING = Change((), Memory.empty())


def change(apart: Apart, memory: Memory) -> Change:
    """What makes `memory` of what is apart."""
    base = apart.memory
    if memory is base:
        return NOTHING
    if not len(base):
        return Change((), memory)
    there = np.isin(base.numbers, memory.numbers)
    ready = base.numbers[base.ready > 0]
    known = np.isin(memory.numbers, base.numbers) & ((memory.ready == 0) | np.isin(memory.numbers, ready))
    return Change(tuple(base.numbers[~there].tolist()), memory.keep(~known))


def settled(
    apart: Apart, memory: Memory, changed: Change, renew: bool = False
) -> tuple[Apart, Change, Mapping[bytes, bytes | None]]:
    """What is to be apart of `memory`, which `changed` says against `apart`; what stays; and the rows to write.

    Mostly what was apart stays so and no row is written. With `renew` a row is written anew however little changed.
    """
    if not len(memory) and apart.row is not None:
        return Apart(), NOTHING, dict.fromkeys(NAMES)
    if len(changed) > MOST_CHANGES or (renew and apart.row is not None):
        row = 0 if apart.row is None else 1 - apart.row
        value = memory.dumps()
        return Apart(row, crc32(value), apart.row is not None, memory), NOTHING, {NAMES[row]: value}
    if apart.spent and apart.row is not None:
        return replace(apart, spent=False), changed, {NAMES[1 - apart.row]: None}
    return apart, changed, {}


def restored(apart: Apart, gone: npt.ArrayLike, recent: Memory) -> Memory:
    """The memory that `change` was taken of, its items in the order of their numbers."""
    if apart.row is None:
        return recent
    old = np.concatenate([np.asarray(gone, np.uint32), recent.numbers])
    return apart.memory.keep(~np.isin(apart.memory.numbers, old)).joined(recent) if len(old) else apart.memory


def loads(row: int | None, mark: int, spent: bool, rows: Rows) -> Apart:
    """What a state has apart that names this `row` and `mark`; nothing where the row is another one or missing."""
    if row is None:
        return Apart()
    value = rows(NAMES[row])
    if value is None or crc32(value) != mark:
        log.warning("a learner's memory is lost: its row is %s", "missing" if value is None else "another one")
        return Apart()
    return Apart(row, mark, spent, Memory.loads(value))
