"""How much a solution could be worth at most."""

from agents.context.selection.problem import Problem


def upper_bound(problem: Problem) -> float:
    """The best worth with the last piece cut to size and no overlap counted (Dantzig's bound for knapsacks)."""
    room, total = problem.budget, 0.0
    order = sorted(
        (i for i in range(len(problem.values)) if problem.values[i] > 0),
        key=lambda i: -problem.values[i] / max(1, problem.tokens[i]),
    )
    for i in order:
        tokens = problem.tokens[i]
        if tokens <= room:
            room -= tokens
            total += problem.values[i]
        else:
            return total + problem.values[i] * room / tokens
    return total
