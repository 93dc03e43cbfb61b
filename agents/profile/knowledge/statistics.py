"""What is learned from all learners, as sums that add up over source partitions.

Every figure is a sum over attempts, so the statistics of two partitions merge by addition, in any order,
and one partition's share can be taken out again by subtraction. Difficulty is derived when it is read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import log
from typing import NamedTuple
from zlib import crc32

from agents.profile.rarest import Room, rarest

VERSION = 1

# attempts, right ones, and the sum of the probabilities that a model without this effect gave them.
Sums = list[float]

PRIOR_RATE = 0.65
"""Share of right answers assumed before any attempt was seen; it weighs as much as `PRIOR_ATTEMPTS`."""
PRIOR_ATTEMPTS = 4.0

# Soft counts for guess and slip: [weight not known, of these right, weight known, of these wrong].
PRIOR_UNKNOWN = (10.0, 3.0)
PRIOR_KNOWN = (20.0, 3.0)

TABLES = ("items", "concepts", "follows", "transitions")


def _add(into: dict[str, Sums], other: dict[str, Sums], sign: float) -> None:
    for key, sums in other.items():
        mine = into.get(key)
        if mine is None:
            into[key] = [sign * value for value in sums]
        else:
            for position, value in enumerate(sums):
                mine[position] += sign * value


def _without_empty(sums: dict[str, Sums]) -> dict[str, Sums]:
    return {key: value for key, value in sums.items() if value[0] > 0.5}


class Noted(NamedTuple):
    """One attempt as the statistics take it. `without_concept`, `without_item`, `probability`: what was
    expected without the concept, without the item, and with both. `known`: probability that the concepts
    were known, given the answer. `follows`, `transitions`: keys of what it came after."""

    item: str | None
    concepts: tuple[str, ...]
    correct: float
    without_concept: float
    without_item: float
    probability: float
    known: float
    follows: str | None
    transitions: tuple[str, ...]


@dataclass(slots=True)
class Statistics:
    """Additive statistics of items, concepts, and of what follows what.

    `items`: item to [attempts, right, expected]. `concepts`: concept to the same three and the four soft
    counts of guess and slip. `follows`: "previous outcome, previous concept, concept" to [attempts, right,
    expected]. `transitions`: the same for "previous outcome, item" and "previous outcome, previous item,
    item". `total`: [attempts, right].
    """

    total: Sums = field(default_factory=lambda: [0.0, 0.0])
    items: dict[str, Sums] = field(default_factory=dict)
    concepts: dict[str, Sums] = field(default_factory=dict)
    follows: dict[str, Sums] = field(default_factory=dict)
    transitions: dict[str, Sums] = field(default_factory=dict)

    def add(self, other: "Statistics", sign: float = 1.0) -> None:
        """Add `other` in place; `sign=-1` takes it out again."""
        self.total[0] += sign * other.total[0]
        self.total[1] += sign * other.total[1]
        _add(self.items, other.items, sign)
        _add(self.concepts, other.concepts, sign)
        _add(self.follows, other.follows, sign)
        _add(self.transitions, other.transitions, sign)

    def observe(self, noted: "Noted") -> None:
        """Add one attempt."""
        item, concepts, correct, without_concept, without_item, probability, known, follows, transitions = noted
        self.total[0] += 1.0
        self.total[1] += correct
        for concept in concepts:
            entry = self.concepts.get(concept)
            if entry is None:
                entry = self.concepts[concept] = [0.0] * 7
            entry[0] += 1.0
            entry[1] += correct
            entry[2] += without_concept
            entry[3] += 1.0 - known
            entry[4] += (1.0 - known) * correct
            entry[5] += known
            entry[6] += known * (1.0 - correct)
        if item is not None:
            _note(self.items, item, correct, without_item)
        if follows is not None:
            _note(self.follows, follows, correct, probability)
        for key in transitions:
            _note(self.transitions, key, correct, probability)

    def copy(self) -> "Statistics":
        return merge([self])

    def compacted(self) -> "Statistics":
        """A copy without the entries that a subtraction left at zero."""
        return Statistics(
            list(self.total),
            _without_empty(self.items),
            _without_empty(self.concepts),
            _without_empty(self.follows),
            _without_empty(self.transitions),
        )

    def sharded(self, shards: int) -> list["Statistics"]:
        """`shards` statistics that add up to this one, for messages of bounded size; a key is always in the
        same shard. The total goes with the first."""
        parts = [Statistics() for _ in range(shards)]
        parts[0].total = list(self.total)
        for name in TABLES:
            for key, sums in getattr(self, name).items():
                getattr(parts[crc32(key.encode()) % shards], name)[key] = list(sums)
        return parts

    def base_logit(self) -> float:
        """Log-odds of a right answer over everything, shrunk to `PRIOR_RATE`."""
        attempts, right = self.total
        rate = (right + PRIOR_RATE * PRIOR_ATTEMPTS) / (attempts + PRIOR_ATTEMPTS)
        rate = min(max(rate, 0.02), 0.98)
        return log(rate / (1.0 - rate))


def merge(parts: Iterable[Statistics]) -> Statistics:
    """The sum of `parts`, which stay as they are."""
    total = Statistics()
    for part in parts:
        total.add(part)
    return total


def easiness(sums: Sums | None, shrinkage: float) -> float:
    """Log-odds by which answers come out better than expected without this effect.

    `logit((right + a·m) / (n + a)) − logit(m)`, with `m` the mean expected probability and `a` the number
    of pseudo-attempts (`shrinkage`): 0 without evidence, the plain difference of log-odds with much.
    """
    if sums is None or sums[0] < 0.5:
        return 0.0
    attempts = sums[0]
    mean = sums[2] / attempts
    if mean < 0.02:
        mean = 0.02
    elif mean > 0.98:
        mean = 0.98
    pull = shrinkage * mean
    right = sums[1] + pull
    wrong = attempts - sums[1] + shrinkage - pull
    if right < 1e-3:
        right = 1e-3
    if wrong < 1e-3:
        wrong = 1e-3
    return log(right / wrong * (1.0 - mean) / mean)


def guess_and_slip(sums: Sums | None) -> tuple[float, float]:
    """Guess and slip of a concept from its soft counts, each kept within (0.02, 0.45)."""
    if sums is None:
        guess = PRIOR_UNKNOWN[1] / PRIOR_UNKNOWN[0]
        slip = PRIOR_KNOWN[1] / PRIOR_KNOWN[0]
    else:
        guess = (sums[4] + PRIOR_UNKNOWN[1]) / (sums[3] + PRIOR_UNKNOWN[0])
        slip = (sums[6] + PRIOR_KNOWN[1]) / (sums[5] + PRIOR_KNOWN[0])
    return min(max(guess, 0.02), 0.45), min(max(slip, 0.02), 0.45)


class SharedDifficulty:
    """The running total over all source partitions, and what this process adds to its own.

    `observe` notes go to `own` and to `total`; `replace` takes in another partition's latest statistics.
    """

    def __init__(self, source: str = "local", own: Statistics | None = None) -> None:
        self.source = source
        self.own = Statistics() if own is None else own
        self.total = self.own.copy()
        self._others: dict[str, Statistics] = {}

    def replace(self, source: str, statistics: Statistics) -> None:
        """Put `statistics` in the place of what `source` had published before.

        Raises ValueError for this process's own source, whose truth is `own`.
        """
        if source == self.source:
            raise ValueError(f"partition {source} is this process's own: load it at the start instead")
        before = self._others.get(source)
        self._others[source] = statistics
        self.total.add(statistics)
        if before is not None:
            self._take_out(before)

    def prune(self, rooms: Mapping[str, Room]) -> None:
        """Forget this partition's rarest entries of each table in `rooms` beyond its room: apps name items and
        concepts, and of what follows what there can be as many as attempts."""
        dropped = Statistics()
        for name, room in rooms.items():
            table = getattr(self.own, name)
            getattr(dropped, name).update({key: table.pop(key) for key in rarest(table, room)})
        self._take_out(dropped)

    def _take_out(self, statistics: Statistics) -> None:
        """Subtract from the total, and keep no entry of what nobody has any more."""
        self.total.add(statistics, -1.0)
        for name in TABLES:
            table = getattr(self.total, name)
            for key in getattr(statistics, name):
                if table[key][0] < 0.5:
                    del table[key]

    def observe(self, noted: "Noted") -> None:
        """Add one attempt to this partition's share and to the total."""
        self.own.observe(noted)
        self.total.observe(noted)


def _note(table: dict[str, Sums], key: str, correct: float, expected: float) -> None:
    entry = table.get(key)
    if entry is None:
        table[key] = [1.0, correct, expected]
    else:
        entry[0] += 1.0
        entry[1] += correct
        entry[2] += expected
