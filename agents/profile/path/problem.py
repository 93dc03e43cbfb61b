"""The learning path as an optimisation problem.

Choose a set `S` of concepts to work on, each at most once, such that

- the minutes of `S` fit into the time there is, and
- whatever a concept of `S` requires is mastered already or in `S` too,

and that maximises the sum of the concepts' values plus a bonus for each pair of `S` of which one requires the other
(what was just learned is used at once). A value is the concept's weight times what there is to gain: for one that is
not mastered, the probability that it is not known yet; for one that is due for review, the chance to have forgotten
it. `S` is then worked on in the curriculum's order, reviews first. This is a knapsack with precedence constraints and
pairwise bonuses: NP-hard, since the plain knapsack is a special case.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from config.curriculum import Curriculum

MAX_CANDIDATES = 40
BONUS = 0.15
"""Of the later concept's value, for a pair of which one requires the other."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One concept that could be worked on. `requires`: those not mastered among what it requires."""

    concept_id: str
    value: float
    minutes: float
    requires: tuple[str, ...] = ()
    review: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Candidates in the curriculum's order, and the minutes there are."""

    candidates: tuple[Candidate, ...]
    minutes: float

    def pairs(self) -> list[tuple[int, int, float]]:
        """Positions of each pair of candidates of which the first requires the second, with its bonus."""
        at = {candidate.concept_id: position for position, candidate in enumerate(self.candidates)}
        return [
            (position, at[name], BONUS * candidate.value)
            for position, candidate in enumerate(self.candidates)
            for name in candidate.requires
            if name in at
        ]

    def is_allowed(self, chosen: Iterable[int]) -> bool:
        """Whether the positions `chosen` fit into the time and hold what they require."""
        positions = set(chosen)
        names = {self.candidates[position].concept_id for position in positions}
        if sum(self.candidates[position].minutes for position in positions) > self.minutes + 1e-9:
            return False
        return all(name in names for position in positions for name in self.candidates[position].requires)

    def worth(self, chosen: Iterable[int]) -> float:
        """The objective for the positions `chosen`; 0 for none."""
        positions = set(chosen)
        total = sum(self.candidates[position].value for position in positions)
        return total + sum(bonus for first, second, bonus in self.pairs() if first in positions and second in positions)

    def order(self, chosen: Iterable[int]) -> list[str]:
        """The concepts in the order to be worked on."""
        positions = sorted(chosen, key=lambda position: (not self.candidates[position].review, position))
        return [self.candidates[position].concept_id for position in positions]


def problem(
    curriculum: Curriculum,
    known: Mapping[str, float],
    mastered: Iterable[str],
    due: Mapping[str, float],
    minutes: float,
) -> Problem:
    """The problem of a learner.

    `known`: probability that a concept is known, 0 where it is missing. `due`: probability of recall of the mastered
    concepts that are due; reviewing one takes a third of its minutes. At most `MAX_CANDIDATES` concepts are looked
    at, those that stand first in the curriculum's order.
    """
    done = set(mastered)
    candidates: list[Candidate] = []
    for concept in curriculum.concepts.values():
        if len(candidates) >= MAX_CANDIDATES:
            break
        if concept.id not in done:
            left = 1.0 - known.get(concept.id, 0.0)
            requires = tuple(name for name in concept.requires if name not in done)
            candidates.append(Candidate(concept.id, concept.weight * left, max(concept.minutes * left, 1.0), requires))
        elif concept.id in due:
            value = concept.weight * (1.0 - due[concept.id]) * 2.0
            candidates.append(Candidate(concept.id, value, concept.minutes / 3.0, (), True))
    return Problem(tuple(candidates), minutes)
