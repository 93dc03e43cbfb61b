"""Simulated learners whose true parameters are known, for measuring what the profile recovers and what it gains.

A learner answers an item of difficulty `b` on concept `c` at time `t` right with probability

    guess + (1 − guess − slip) · σ(skill_c(t) − b)
    skill_c(t) = ability − hardness_c + gain_c · 2^(−days / half_life_c)

where `days` run since the concept was last practised. Each attempt raises `gain_c` by `rate · readiness · zone`:
`readiness` is the least probability of knowing a prerequisite, and `zone = 0.4 + 2.4·p·(1 − p)` lets tasks that are
neither trivial nor hopeless teach most. A right answer makes the half-life 1.5 times as long. What a worked example
or an explanation would add is left out, so a policy gains nothing here from showing one.
"""

import random
from dataclasses import dataclass, field
from math import exp, log

from config.curriculum import Curriculum, Item

GUESS, SLIP = 0.1, 0.05
DAY = 86_400.0
KNOWN = 0.8
"""Probability of being right on an item of average difficulty from which a concept counts as truly mastered."""


def sigmoid(logit: float) -> float:
    return 1.0 / (1.0 + exp(-min(max(logit, -30.0), 30.0)))


@dataclass
class Learner:
    """One learner's true parameters and state; times in seconds."""

    curriculum: Curriculum
    rng: random.Random
    ability: float
    rate: float
    half_life_days: float
    pace: float
    persistence: float
    help_seeking: float
    hardness: dict[str, float]
    gain: dict[str, float] = field(default_factory=dict)
    half_life: dict[str, float] = field(default_factory=dict)
    practised_at: dict[str, float] = field(default_factory=dict)

    def skill(self, concept: str, at: float) -> float:
        """Log-odds on an item of difficulty 0."""
        gain = self.gain.get(concept, 0.0)
        if gain:
            days = max(at - self.practised_at[concept], 0.0) / DAY
            gain *= 0.5 ** (days / self.half_life[concept])
        return self.ability - self.hardness[concept] + gain

    def p(self, concept: str, difficulty: float, at: float) -> float:
        """True probability of a right answer."""
        return GUESS + (1.0 - GUESS - SLIP) * sigmoid(self.skill(concept, at) - difficulty)

    def knows(self, concept: str, at: float) -> bool:
        return self.p(concept, 0.0, at) >= KNOWN

    def answer(self, item: Item, at: float) -> bool:
        """Try `item`, and learn from it."""
        concept = item.concept_id
        p = self.p(concept, item.difficulty, at)
        right = self.rng.random() < p
        readiness = min((sigmoid(self.skill(before, at)) for before in self.curriculum.requires(concept)), default=1.0)
        kept = self.skill(concept, at) - self.ability + self.hardness[concept]
        zone = 0.4 + 2.4 * p * (1.0 - p)
        self.gain[concept] = kept + self.rate * readiness * zone
        self.half_life[concept] = self.half_life.get(concept, self.half_life_days) * (1.5 if right else 1.0)
        self.practised_at[concept] = at
        return right

    def seconds(self) -> float:
        """Time that one attempt takes."""
        return 25.0 * self.pace * exp(self.rng.gauss(0.0, 0.4))


def learner(seed: int, curriculum: Curriculum) -> Learner:
    """The learner number `seed`, always the same one."""
    rng = random.Random(seed)
    depth: dict[str, int] = {}
    for concept in curriculum.concepts.values():
        depth[concept.id] = 1 + max((depth[before] for before in concept.requires), default=-1)
    ability = rng.gauss(0.0, 0.8)
    return Learner(
        curriculum,
        rng,
        ability,
        rate=exp(rng.gauss(log(0.35), 0.3)),
        half_life_days=exp(rng.gauss(log(6.0), 0.4)),
        pace=exp(rng.gauss(0.0, 0.4)),
        persistence=rng.betavariate(6, 2),
        help_seeking=rng.betavariate(2, 4),
        hardness={name: 0.25 * level + rng.gauss(0.0, 0.4) for name, level in depth.items()},
    )
