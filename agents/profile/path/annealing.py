"""The learning path by annealing of its QUBO, simulated or path-integral ("simulated quantum") annealing.

With binary `x_i` for candidate `i` and slack bits `y_k` worth `s_k` minutes,

    H = −Σ v_i x_i − Σ b_ij x_i x_j + A Σ_{i requires j} x_i (1 − x_j) + B (Σ m_i x_i + Σ s_k y_k − T)²

(the knapsack constraint with slack bits as in Lucas, Ising formulations of many NP problems, 2014). `A` exceeds what
one broken requirement could gain; minutes are counted in units of `T / UNITS`. The samples are repaired to allowed
choices and the best one is taken.
"""

from typing import Literal

import dimod
from dwave.samplers import PathIntegralAnnealingSampler, SimulatedAnnealingSampler

from agents.profile.path.problem import Problem

UNITS = 64


def qubo(problem: Problem) -> dimod.BinaryQuadraticModel:
    """The problem as a binary quadratic model over `0 … n−1` and the slack bits `('slack', k)`."""
    candidates = problem.candidates
    model = dimod.BinaryQuadraticModel("BINARY")
    for position, candidate in enumerate(candidates):
        model.add_linear(position, -candidate.value)
    at = {candidate.concept_id: position for position, candidate in enumerate(candidates)}
    for first, second, bonus in problem.pairs():
        model.add_quadratic(first, second, -bonus)
    strongest = max((candidate.value for candidate in candidates), default=1.0)
    broken = 2.0 * strongest
    for position, candidate in enumerate(candidates):
        for name in candidate.requires:
            model.add_linear(position, broken)
            if name in at:
                model.add_quadratic(position, at[name], -broken)
    unit = problem.minutes / UNITS
    # Rounded up, so that what fits in units fits in minutes.
    terms: list[tuple[object, float]] = [
        (position, float(-(-candidate.minutes // unit))) for position, candidate in enumerate(candidates)
    ]
    left, bit = UNITS, 1
    while left > 0:
        size = min(bit, left)
        terms.append((("slack", size, left), float(size)))
        left -= size
        bit *= 2
    cheapest = min((candidate.value / max(candidate.minutes / unit, 1.0) for candidate in candidates), default=1.0)
    model.add_linear_equality_constraint(terms, lagrange_multiplier=max(cheapest, 0.02), constant=-float(UNITS))
    return model


def solve(
    problem: Problem,
    method: Literal["simulated", "path_integral"] = "simulated",
    reads: int = 50,
    sweeps: int = 1000,
    seed: int = 1,
) -> list[int]:
    """Positions of the best allowed choice among `reads` samples."""
    if not problem.candidates or problem.minutes <= 0.0:
        return []
    model = qubo(problem)
    sampler = SimulatedAnnealingSampler() if method == "simulated" else PathIntegralAnnealingSampler()
    samples = sampler.sample(model, num_reads=reads, num_sweeps=sweeps, seed=seed)
    best: list[int] = []
    best_worth = 0.0
    for sample in samples.samples():
        chosen = repaired(problem, [position for position in range(len(problem.candidates)) if sample[position]])
        worth = problem.worth(chosen)
        if worth > best_worth:
            best, best_worth = chosen, worth
    return best


def repaired(problem: Problem, chosen: list[int]) -> list[int]:
    """An allowed choice near `chosen`: what misses a requirement is left out, then the worst per minute until the
    rest fits, then what still fits is put in."""
    candidates = problem.candidates
    kept = set(chosen)
    while True:
        names = {candidates[position].concept_id for position in kept}
        missing = {one for one in kept if any(name not in names for name in candidates[one].requires)}
        if missing:
            kept -= missing
            continue
        if sum(candidates[one].minutes for one in kept) <= problem.minutes + 1e-9:
            break
        kept.remove(min(kept, key=lambda one: candidates[one].value / candidates[one].minutes))
    for position in sorted(range(len(candidates)), key=lambda one: -candidates[one].value / candidates[one].minutes):
        if position not in kept and problem.is_allowed([*kept, position]):
            kept.add(position)
    return sorted(kept)
