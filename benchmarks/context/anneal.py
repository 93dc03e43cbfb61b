"""The selection problem as a QUBO, solved by simulated annealing (dwave-samplers)."""

import dimod
from dwave.samplers import SimulatedAnnealingSampler

from agents.context.selection.problem import Problem


def solve(problem: Problem, reads: int = 20, sweeps: int = 200, seed: int = 1) -> list[int]:
    """The best allowed of `reads` annealed choices, as sorted indexes; what exceeds the budget is cut back.

    The budget becomes a slack of powers of two and a squared penalty, each dependency the penalty x_i (1 − x_d(i)).
    """
    strength = 2 * max(problem.values, default=1.0)
    model = dimod.BinaryQuadraticModel("BINARY")
    for i, value in enumerate(problem.values):
        model.add_linear(i, -value)
        if problem.needs[i] >= 0:
            model.add_linear(i, strength)
            model.add_quadratic(i, problem.needs[i], -strength)
    for (i, j), overlap in problem.overlaps.items():
        model.add_quadratic(i, j, overlap)
    # A grain of a sixty-fourth of the budget keeps the penalty's weights within the range that annealing can follow.
    grain = max(1, problem.budget // 64)
    room = problem.budget // grain
    terms = [(i, -(-tokens // grain)) for i, tokens in enumerate(problem.tokens)]
    bit = 1
    while bit <= room:
        terms.append((f"slack{bit}", min(bit, room - bit + 1)))  # type: ignore[arg-type]
        bit *= 2
    model.add_linear_equality_constraint(terms, lagrange_multiplier=strength / 4, constant=-room)
    found = SimulatedAnnealingSampler().sample(model, num_reads=reads, num_sweeps=sweeps, seed=seed)
    best: list[int] = []
    for sample in found.samples(sorted_by=None):
        chosen = _repaired(problem, {i for i in range(len(problem.values)) if sample[i]})
        if problem.worth(chosen) > problem.worth(best):
            best = chosen
    return best


def _repaired(problem: Problem, chosen: set[int]) -> list[int]:
    chosen = {i for i in chosen if problem.needs[i] < 0 or problem.needs[i] in chosen}
    while not problem.is_allowed(chosen):
        worst = min(chosen, key=lambda i: problem.values[i] / max(1, problem.tokens[i]))
        chosen.discard(worst)
        chosen = {i for i in chosen if problem.needs[i] < 0 or problem.needs[i] in chosen}
    return sorted(chosen)
