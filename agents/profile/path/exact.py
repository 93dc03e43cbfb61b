"""The learning path, exactly: depth-first branch and bound in the curriculum's order.

Each node decides the next candidate. Its bound is the fractional knapsack of those still open, each at its value and
all of its bonuses (Dantzig 1957), with the precedence constraints left out, which only ever promises too much.
"""

from agents.profile.path import greedy
from agents.profile.path.problem import Problem

MAX_NODES = 200_000


def solve(problem: Problem, max_nodes: int = MAX_NODES) -> tuple[list[int], bool]:
    """Positions of the best allowed choice found within `max_nodes` nodes, and whether it is proven to be the best.

    It is never worse than the greedy one, from which the search starts.
    """
    candidates = problem.candidates
    count = len(candidates)
    at = {candidate.concept_id: position for position, candidate in enumerate(candidates)}
    needs = [
        [at[name] for name in candidate.requires] if all(name in at for name in candidate.requires) else None
        for candidate in candidates
    ]
    # A pair's bonus counts when its later position is decided: both of its ends are then known.
    earlier: list[list[tuple[int, float]]] = [[] for _ in candidates]
    optimistic = [candidate.value for candidate in candidates]
    for first, second, bonus in problem.pairs():
        low, high = min(first, second), max(first, second)
        earlier[high].append((low, bonus))
        optimistic[high] += bonus
    minutes = [candidate.minutes for candidate in candidates]
    by_rate = sorted(range(count), key=lambda position: -optimistic[position] / minutes[position])

    best = greedy.solve(problem)
    best_worth = problem.worth(best)
    taken = [False] * count
    nodes = 0

    def bound(start: int, left: float) -> float:
        total = 0.0
        for position in by_rate:
            if position < start or needs[position] is None:
                continue
            if minutes[position] <= left:
                left -= minutes[position]
                total += optimistic[position]
            else:
                return total + optimistic[position] * left / minutes[position]
        return total

    def visit(position: int, worth: float, left: float) -> None:
        nonlocal best, best_worth, nodes
        nodes += 1
        if nodes > max_nodes:
            return
        if worth > best_worth + 1e-12:
            best_worth = worth
            best = [one for one in range(position) if taken[one]]
        if position == count or worth + bound(position, left) <= best_worth + 1e-12:
            return
        before = needs[position]
        if before is not None and minutes[position] <= left + 1e-9 and all(taken[one] for one in before):
            bonus = sum(extra for one, extra in earlier[position] if taken[one])
            taken[position] = True
            visit(position + 1, worth + candidates[position].value + bonus, left - minutes[position])
            taken[position] = False
        visit(position + 1, worth, left)

    visit(0, 0.0, problem.minutes)
    return best, nodes <= max_nodes
