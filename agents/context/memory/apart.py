"""Most of a memory in a row of its own, written seldom; what changed since then stays with the state.

A learner's state is written at each message, reply and profile, and a thousand items take 150 KB. So the state holds
only the items that are newer than the row, and the numbers of those that are gone from it. Once that is more than
`MOST_CHANGES`, the whole memory is written as a new row and the state begins anew.

Two rows take turns: the one that the stored state speaks of is never written over. A worker that ends between the new
row and the state leaves a state and its row that belong together. Where they do not all the same, because the broker
took the state and not yet the row when the worker ended, what was in the row is lost and the learner goes on without.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from zlib import crc32

import numpy as np
import numpy.typing as npt

from agents.context.memory.store import Memory

log = logging.getLogger(__name__)

MOST_CHANGES = 64
"""That may stand in a state: a smaller memory has no row. With three writes of a state and about three changes a
message, 44 would write least at a thousand items, and 64 six per cent more."""
NAMES = (b"memory-0", b"memory-1")

Rows = Callable[[bytes], bytes | None]
"""What is stored beside a state, by name."""


def no_rows(name: bytes) -> bytes | None:
    """The rows of a learner who has none."""
    return None


@dataclass(frozen=True, slots=True)
class Apart:
    """What is stored apart: `memory`, under `NAMES[turn]`, with the checksum `mark` of its bytes.

    `turn` is `None` where nothing is. `spent`: the other row is there still and can go.
    """

    turn: int | None = None
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


def settled(apart: Apart, memory: Memory, changed: Change) -> tuple[Apart, Change, Mapping[bytes, bytes | None]]:
    """What is to be apart of `memory`, which `changed` says against `apart`; what stays; and the rows to write.

    Mostly what was apart stays so and no row is written.
    """
    if len(memory) and len(changed) > MOST_CHANGES:
        turn = 0 if apart.turn is None else 1 - apart.turn
        value = memory.dumps()
        return Apart(turn, crc32(value), apart.turn is not None, memory), NOTHING, {NAMES[turn]: value}
    if apart.spent and apart.turn is not None:
        return replace(apart, spent=False), changed, {NAMES[1 - apart.turn]: None}
    return apart, changed, {}


def restored(apart: Apart, gone: npt.ArrayLike, recent: Memory) -> Memory:
    """The memory that `change` was taken of."""
    if apart.turn is None:
        return recent
    old = np.concatenate([np.asarray(gone, np.uint32), recent.numbers])
    return apart.memory.keep(~np.isin(apart.memory.numbers, old)).joined(recent) if len(old) else apart.memory


def loads(turn: int | None, mark: int, spent: bool, rows: Rows) -> Apart:
    """What a state has apart that names this `turn` and `mark`; nothing where the row is another one or missing."""
    if turn is None:
        return Apart()
    value = rows(NAMES[turn])
    if value is None or crc32(value) != mark:
        log.warning("a learner's memory is lost: its row is %s", "missing" if value is None else "another one")
        return Apart()
    return Apart(turn, mark, spent, Memory.loads(value))
