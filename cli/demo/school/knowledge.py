"""What a learner knows, as log-odds per concept, and how answering and being taught changes it."""

import math
from collections.abc import Mapping

from config.curriculum import Curriculum, Item

GUESS, SLIP = 0.08, 0.05
# A concept is hard to learn while one that it requires is less known than this.
FIRM = 0.0
HIGHEST, LOWEST = 4.0, -4.0


class Knowledge:
    """`levels`: log-odds of knowing, per concept; `quickness` multiplies all learning."""

    def __init__(self, curriculum: Curriculum, levels: Mapping[str, float], quickness: float = 1.0) -> None:
        self._curriculum = curriculum
        self._levels = dict(levels)
        self._quickness = quickness

    def level(self, concept_id: str) -> float:
        """Log-odds; a concept never met stands at the lowest."""
        return self._levels.get(concept_id, LOWEST)

    def chance(self, item: Item) -> float:
        """Probability of a right answer: a logistic in level less difficulty, between guess and slip."""
        known = 1.0 / (1.0 + math.exp(item.difficulty - self.level(item.concept_id)))
        return GUESS + (1.0 - GUESS - SLIP) * known

    def practised(self, concept_id: str, correct: bool) -> None:
        """An attempt teaches a little, a right one more."""
        self._learn(concept_id, 0.12 if correct else 0.06)

    def taught(self, concept_id: str, fit: float) -> None:
        """A reply about the concept teaches by how well it fitted, 0 to 1; little while a prerequisite is not firm."""
        self._learn(concept_id, 0.6 * fit * (1.0 if self.ready_for(concept_id) else 0.3))

    def ready_for(self, concept_id: str) -> bool:
        """Whether all that the concept requires is firm."""
        return all(self.level(before) >= FIRM for before in self._curriculum.requires(concept_id))

    def _learn(self, concept_id: str, gain: float) -> None:
        level = self.level(concept_id) + gain * self._quickness
        self._levels[concept_id] = min(level, HIGHEST)
