"""The choice stated as an optimisation.

Choose x in {0, 1}^n to maximise  Σ v_i x_i − Σ_{i<j} r_ij x_i x_j
subject to  Σ t_i x_i ≤ budget  and  x_i ≤ x_d(i),

where v_i is what piece *i* is worth, t_i its tokens, r_ij ≥ 0 what two pieces say twice, and d(i) the piece that *i*
makes no sense without (a reply without its question).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Problem:
    """`needs[i]` is d(i), or -1. `overlaps` holds r_ij by (i, j), i < j; absent pairs are 0."""

    values: Sequence[float]
    tokens: Sequence[int]
    budget: int
    needs: Sequence[int]
    overlaps: Mapping[tuple[int, int], float] = field(default_factory=dict)

    def worth(self, chosen: Iterable[int]) -> float:
        """The objective at `chosen`."""
        members = set(chosen)
        total = sum(self.values[i] for i in sorted(members))
        return total - sum(r for (i, j), r in self.overlaps.items() if i in members and j in members)

    def is_allowed(self, chosen: Iterable[int]) -> bool:
        """Whether `chosen` keeps to the budget and to the dependencies."""
        members = set(chosen)
        if any(self.needs[i] >= 0 and self.needs[i] not in members for i in members):
            return False
        return sum(self.tokens[i] for i in members) <= self.budget

    def neighbours(self) -> list[list[tuple[int, float]]]:
        """By piece, the pieces it overlaps with and by how much."""
        found: list[list[tuple[int, float]]] = [[] for _ in self.values]
        for (i, j), overlap in self.overlaps.items():
            found[i].append((j, overlap))
            found[j].append((i, overlap))
        return found
