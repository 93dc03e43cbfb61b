"""The best choice, by branch and bound, for small problems."""

from agents.context.selection.problem import Problem


class TooManyNodesError(RuntimeError):
    """The search was given up."""


def solve(problem: Problem, start: list[int] | None = None, most_nodes: int = 200_000) -> list[int]:
    """The optimum, as sorted indexes. `start` is a known choice to be beaten. Raises `TooManyNodesError`."""
    order = _needed_first(problem)
    neighbours = problem.neighbours()
    best = list(start or [])
    best_worth = problem.worth(best)
    chosen: list[int] = []
    gain = list(problem.values)
    nodes = 0

    def bound(at: int, room: int) -> float:
        # What is taken later can only lower the gains of what is left, so the relaxed knapsack over them is a bound.
        left = [i for i in order[at:] if gain[i] > 0]
        left.sort(key=lambda i: -gain[i] / max(1, problem.tokens[i]))
        total = 0.0
        for i in left:
            if problem.tokens[i] > room:
                return total + gain[i] * room / problem.tokens[i]
            room -= problem.tokens[i]
            total += gain[i]
        return total

    def visit(at: int, room: int, worth: float) -> None:
        nonlocal best, best_worth, nodes
        nodes += 1
        if nodes > most_nodes:
            raise TooManyNodesError(f"more than {most_nodes} nodes for {len(order)} pieces")
        if worth > best_worth + 1e-12:
            best, best_worth = list(chosen), worth
        if at == len(order) or worth + bound(at, room) <= best_worth + 1e-12:
            return
        piece = order[at]
        needed = problem.needs[piece]
        if problem.tokens[piece] <= room and (needed < 0 or needed in chosen):
            worth_with = worth + gain[piece]
            chosen.append(piece)
            for other, overlap in neighbours[piece]:
                gain[other] -= overlap
            visit(at + 1, room - problem.tokens[piece], worth_with)
            for other, overlap in neighbours[piece]:
                gain[other] += overlap
            chosen.pop()
        visit(at + 1, room, worth)

    visit(0, problem.budget, 0.0)
    return sorted(best)


def _needed_first(problem: Problem) -> list[int]:
    """The pieces by value a token, each behind the one that it needs."""
    order: list[int] = []
    placed: set[int] = set()
    for i in sorted(range(len(problem.values)), key=lambda i: (-problem.values[i] / max(1, problem.tokens[i]), i)):
        chain = [i]
        while problem.needs[chain[-1]] >= 0:
            chain.append(problem.needs[chain[-1]])
        for piece in reversed(chain):
            if piece not in placed:
                placed.add(piece)
                order.append(piece)
    return order
