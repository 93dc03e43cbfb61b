"""How a learner's memory takes in new items: duplicates merge, newer answers replace, the weakest are forgotten."""

from collections.abc import Sequence

import numpy as np

from agents.context.memory import extract
from agents.context.memory.store import KINDS, Item, Memory, slot_mark
from agents.context.memory.words import content_words, stem

MOST_ITEMS = 1000
DAY_MICROS = 86_400 * 1_000_000
# How long an item of each kind keeps half of its strength, days, and what it starts with.
STRENGTH = {
    "fact": (8.0, 365.0),
    "liking": (6.0, 365.0),
    "goal": (6.0, 180.0),
    "mistake": (4.0, 60.0),
    "promise": (5.0, 30.0),
    "result": (3.0, 120.0),
    "said": (1.0, 30.0),
    "heard": (0.7, 20.0),
}
START = np.array([STRENGTH[kind][0] for kind in KINDS])
HALF_LIFE = np.array([STRENGTH[kind][1] for kind in KINDS])


def remember(memory: Memory, items: Sequence[Item], most: int = MOST_ITEMS) -> Memory:
    """The memory with `items` taken in, at most `most` kept."""
    if not items:
        return memory
    fresh = {item.text.encode().lower(): item for item in items}
    slots = {slot_mark(item.slot): item for item in items if item.slot}
    newest = [item for item in fresh.values() if not item.slot or slots[slot_mark(item.slot)] is item]
    if len(memory):
        stale = np.isin(memory.slots, np.array(sorted(slots), np.uint64)) & (memory.slots != 0)
        lines = memory.lowered.split(b"\n")
        same = np.array([lines[index] in fresh for index in range(len(memory))], bool)
        if (stale | same).any():
            memory = memory.keep(~(stale | same))
    memory = memory.add(newest)
    return forget_weakest(memory, most)


def forget_weakest(memory: Memory, most: int) -> Memory:
    """The strongest `most` items. Strength halves with time, by kind; ties go to the newer."""
    excess = len(memory) - most
    if excess <= 0:
        return memory
    strength = strengths(memory, int(memory.times.max()))
    order = np.lexsort((memory.numbers, strength))
    kept = np.ones(len(memory), bool)
    kept[order[:excess]] = False
    return memory.keep(kept)


def strengths(memory: Memory, now: int) -> "np.typing.NDArray[np.float64]":
    """The strength of each item at `now` (microseconds, UTC)."""
    days = np.maximum(0, now - memory.times) / DAY_MICROS
    found: np.typing.NDArray[np.float64] = START[memory.kinds] * 0.5 ** (days / HALF_LIFE[memory.kinds])
    return found


def forget_on_request(memory: Memory, message: str) -> Memory:
    """The memory without what the learner asks to forget: items that hold all the words that say what it is."""
    for asked in extract.forgotten(message):
        words = {stem(word) for word in content_words(asked)}
        if not words or not len(memory):
            continue
        kept = [not words <= {stem(word) for word in content_words(text)} for text in memory.texts()]
        memory = memory.keep(np.array(kept, bool))
    return memory


def erase(memory: Memory, numbers: Sequence[int]) -> Memory:
    """The memory without the items of these numbers."""
    return memory.keep(~np.isin(memory.numbers, np.array(numbers, np.uint32)))
