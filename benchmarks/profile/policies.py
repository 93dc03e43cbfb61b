"""What to practise next: the adaptive profile, and what it is compared with. Each sees outcomes, never the truth."""

import random
from abc import ABC, abstractmethod

from agents.profile.observe import observe_attempt, observe_signal
from agents.profile.shared import Shared
from agents.profile.state import ProfileState
from benchmarks.profile.envelope import envelope
from config.curriculum import Curriculum, Item
from schemas.codec import Event

EACH = 8
STREAK = 3


class Policy(ABC):
    """One learner's practice: `choose` an item, then `learn` what came of it."""

    def __init__(self, curriculum: Curriculum, seed: int) -> None:
        self.curriculum = curriculum
        self.rng = random.Random(seed)

    @abstractmethod
    def choose(self, at: float) -> Item: ...

    def learn(self, item: Item, right: bool, at: float, seconds: float) -> None:
        """Take in the outcome of `item`; a policy that does not look at outcomes leaves it at that."""
        return


class Random(Policy):
    """Any item."""

    def choose(self, at: float) -> Item:
        concept = self.rng.choice(list(self.curriculum.concepts.values()))
        return self.rng.choice(concept.items)


class Fixed(Policy):
    """The curriculum in its order, `EACH` items a concept, again from the start after its end."""

    def __init__(self, curriculum: Curriculum, seed: int) -> None:
        super().__init__(curriculum, seed)
        self.done = 0

    def choose(self, at: float) -> Item:
        concepts = list(self.curriculum.concepts.values())
        items = concepts[self.done // EACH % len(concepts)].items
        return items[self.done % EACH % len(items)]

    def learn(self, item: Item, right: bool, at: float, seconds: float) -> None:
        self.done += 1


class Streak(Policy):
    """The curriculum in its order, each concept until `STREAK` right answers in a row, again from the start."""

    def __init__(self, curriculum: Curriculum, seed: int) -> None:
        super().__init__(curriculum, seed)
        self.position = self.streak = self.tried = 0

    def choose(self, at: float) -> Item:
        concepts = list(self.curriculum.concepts.values())
        items = concepts[self.position % len(concepts)].items
        return items[self.tried % len(items)]

    def learn(self, item: Item, right: bool, at: float, seconds: float) -> None:
        self.tried += 1
        self.streak = self.streak + 1 if right else 0
        if self.streak >= STREAK:
            self.position, self.streak, self.tried = self.position + 1, 0, 0


class Adaptive(Policy):
    """The item of the profile's standing decision; any item of its concept where it names none."""

    def __init__(self, curriculum: Curriculum, seed: int, shared: Shared) -> None:
        super().__init__(curriculum, seed)
        self.shared = shared
        self.state = ProfileState()
        self.opened = False

    def choose(self, at: float) -> Item:
        if not self.opened:
            self.opened = True
            observe_signal(self.state, self._event(at) | {"kind": "SESSION_OPENED"}, self.shared)
        step = self.state.next_step
        assert step is not None
        if step["item_id"] is not None:
            return self.curriculum.items[step["item_id"]]
        concept = self.curriculum.concepts[step["concept_id"]]
        return min(concept.items, key=lambda item: (item.id in self.state.recent_items, abs(item.difficulty)))

    def learn(self, item: Item, right: bool, at: float, seconds: float) -> None:
        event = self._event(at) | {
            "concept_id": item.concept_id,
            "item_id": item.id,
            "correct": right,
            "duration_ms": int(seconds * 1000),
            "hints_used": 0,
            "answer": None,
        }
        observe_attempt(self.state, event, self.shared)

    def _event(self, at: float) -> Event:
        return envelope(self.rng, at)
