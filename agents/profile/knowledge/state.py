"""What is kept of one learner: a bounded state that each attempt moves."""

from dataclasses import dataclass, field
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

MAX_CONCEPTS = 96
MAX_CONCEPT_BYTES = 4096
"""Room for all concept names together; the concept practised longest ago leaves first."""
MAX_ITEMS = 160
MAX_IDS = 64

ABILITY_VARIANCE = 1.0
CONCEPT_VARIANCE = 0.8

DECAYS = (0.5, 0.8, 0.93, 0.98)
CONCEPT_DECAYS = (0.6, 0.85)


@dataclass(slots=True)
class ConceptTrace:
    """One learner on one concept. `effect` and `variance` are in log-odds, relative to the learner's
    ability; `known` is the probability that it is known; `index` counts the learner's attempts."""

    attempts: int = 0
    correct: int = 0
    effect: float = 0.0
    variance: float = CONCEPT_VARIANCE
    known: float = -1.0
    fast: float = 0.0
    slow: float = 0.0
    streak: int = 0
    index: int = 0
    at: float | None = None


@dataclass(slots=True)
class ItemTrace:
    """One learner on one item."""

    attempts: int = 0
    correct: int = 0
    last: int = 0
    index: int = 0
    at: float | None = None


@dataclass(slots=True)
class KnowledgeState:
    """One learner. `concepts` and `items` are ordered by last use; items are kept by a 32-bit hash.

    `outcomes` and `surprises` are exponential means over attempts with the decays of `DECAYS`; `hidden` is
    the recurrent model's vector (float32).
    """

    attempts: int = 0
    correct: int = 0
    ability: float = 0.0
    variance: float = ABILITY_VARIANCE
    outcomes: list[float] = field(default_factory=lambda: [0.0] * len(DECAYS))
    surprises: list[float] = field(default_factory=lambda: [0.0] * len(DECAYS))
    easiness: float = 0.0
    streak: int = 0
    last_correct: int = -1
    last_item: int = 0
    last_concepts: tuple[str, ...] = ()
    item_run: int = 0
    concept_run: int = 0
    concept_run_correct: int = 0
    at: float | None = None
    session_start: float | None = None
    session_attempts: int = 0
    pace: float = 0.0
    last_pace: float = 0.0
    hints: float = 0.0
    hidden: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    concepts: dict[str, ConceptTrace] = field(default_factory=dict)
    concept_bytes: int = 0
    items: dict[int, ItemTrace] = field(default_factory=dict)
    seen: dict[int, None] = field(default_factory=dict)

    def concept(self, name: str) -> ConceptTrace:
        """The trace of `name`, made if missing, moved to the fresh end; evicts the stalest when full."""
        trace = self.concepts.pop(name, None)
        if trace is None:
            trace = ConceptTrace()
            self.concept_bytes += len(name.encode())
            while self.concepts and (len(self.concepts) >= MAX_CONCEPTS or self.concept_bytes > MAX_CONCEPT_BYTES):
                stalest = next(iter(self.concepts))
                del self.concepts[stalest]
                self.concept_bytes -= len(stalest.encode())
        self.concepts[name] = trace
        return trace

    def item(self, key: int) -> ItemTrace:
        """The trace of the item with hash `key`, as `concept` does for names."""
        trace = self.items.pop(key, None)
        if trace is None:
            trace = ItemTrace()
            if len(self.items) >= MAX_ITEMS:
                del self.items[next(iter(self.items))]
        self.items[key] = trace
        return trace

    def is_repeat(self, attempt_id: str) -> bool:
        """Whether `attempt_id` was among the last `MAX_IDS`; notes it if not."""
        key = hash_of(attempt_id)
        if key in self.seen:
            return True
        if len(self.seen) >= MAX_IDS:
            del self.seen[next(iter(self.seen))]
        self.seen[key] = None
        return False


def hash_of(text: str) -> int:
    """A 32-bit hash that is the same in every process; never 0, which stands for none."""
    return crc32(text.encode()) or 1
