"""Ways to solve it. Each gives a choice that fits."""

from typing import Any

import dimod
import numpy as np
from dwave.samplers import SimulatedAnnealingSampler
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import csr_matrix, kron, lil_matrix, vstack

from benchmarks.routing.assignment.problem import NONE, Array, Choice, Problem

EXACT_SECONDS = 20.0
SLACK_UNITS = 64


def first_come(problem: Problem) -> Choice:
    """Each message in turn takes the best provider that still has room: what happens without a plan."""
    return _filled(problem, np.argsort(-problem.values, axis=1), np.arange(len(problem.values)))


def greedy(problem: Problem) -> Choice:
    """Upgrades from no provider at all, those first that gain most for the part of the scarce things they take."""
    messages, providers = problem.values.shape
    base = np.full(messages, NONE, dtype=np.intp)
    for _ in range(providers):
        rows = np.arange(messages)
        gained = problem.values - problem.values[rows, base][:, None]
        more = np.maximum(0.0, problem.costs - problem.costs[rows, base][:, None]) / problem.money
        taken = more + problem.tokens[:, None] / problem.most_tokens + 1.0 / problem.requests
        worth = np.where(gained > 0, gained / np.maximum(taken, 1e-12), -np.inf)
        changed = False
        left = _Left(problem, base)
        for place in np.argsort(-worth, axis=None):
            row, provider = divmod(int(place), providers)
            if not np.isfinite(worth[row, provider]):
                break
            if problem.values[row, provider] > problem.values[row, base[row]] and left.moves(row, base[row], provider):
                base[row] = provider
                changed = True
        if not changed:
            break
    return base


def priced(problem: Problem, rounds: int = 300) -> Choice:
    """Prices for money, requests and tokens, moved until demand fits (subgradient), then filled up."""
    prices = np.zeros(1 + 2 * (len(problem.requests) - 1))
    rows = np.arange(len(problem.values))
    best = first_come(problem)
    scale = float(np.abs(problem.values).mean())
    for step in range(rounds):
        worth = _less(problem, prices)
        wished = np.argmax(worth, axis=1)
        if step % 10 == 9 or step == rounds - 1:
            gap = np.max(worth, axis=1) - np.partition(worth, -2, axis=1)[:, -2]
            found = _filled(problem, np.argsort(-worth, axis=1), np.argsort(-gap))
            if problem.worth(found) > problem.worth(best):
                best = found
        used = np.bincount(wished, minlength=NONE + 1)[:NONE] / problem.requests[:NONE]
        tokens = np.bincount(wished, weights=problem.tokens, minlength=NONE + 1)[:NONE] / problem.most_tokens[:NONE]
        over = np.concatenate([[problem.costs[rows, wished].sum() / problem.money], used, tokens]) - 1.0
        prices = np.maximum(0.0, prices + scale * len(rows) / (5.0 + step) * over / 2)
    return best


def exact(problem: Problem) -> Choice:
    """The integer programme by HiGHS; after `EXACT_SECONDS` the best it has."""
    messages, providers = problem.values.shape
    one_each = kron(csr_matrix(np.eye(messages)), np.ones((1, providers)))
    limits = lil_matrix((1 + 2 * NONE, messages * providers))
    limits[0] = problem.costs.ravel()
    for provider in range(NONE):
        limits[1 + provider, provider::providers] = 1.0
        limits[1 + NONE + provider, provider::providers] = problem.tokens
    most = np.concatenate([[problem.money], problem.requests[:NONE], problem.most_tokens[:NONE]])
    bounds = LinearConstraint(
        vstack([one_each, limits.tocsr()]),
        np.concatenate([np.ones(messages), np.full(len(most), -np.inf)]),
        np.concatenate([np.ones(messages), most]),
    )
    options: dict[str, Any] = {"time_limit": EXACT_SECONDS, "mip_rel_gap": 1e-6}
    solved = milp(-problem.values.ravel(), constraints=bounds, integrality=1, bounds=(0, 1), options=options)
    if solved.x is None:
        return greedy(problem)
    choice: Choice = np.argmax(solved.x.reshape(messages, providers), axis=1)
    return choice if problem.fits(choice) else _repaired(problem, choice)


def annealed(problem: Problem, reads: int = 20, sweeps: int = 1000) -> Choice:
    """A QUBO (at most one provider a message, limits by slack bits), simulated annealing; the best sample, repaired."""
    model = dimod.BinaryQuadraticModel("BINARY")
    messages = len(problem.values)
    for row in range(messages):
        for provider in range(NONE):
            model.add_linear((row, provider), -float(problem.values[row, provider]))
        worst = 1.1 * float(problem.values[row].max(initial=0.1))
        for first in range(NONE):
            for second in range(first + 1, NONE):
                model.add_quadratic((row, first), (row, second), worst)
    pairs = [(row, provider) for row in range(messages) for provider in range(NONE)]
    _limit(model, "money", {pair: problem.costs[pair] / problem.money for pair in pairs})
    for provider in range(NONE):
        of_it = [(row, provider) for row in range(messages)]
        _limit(model, f"requests {provider}", dict.fromkeys(of_it, 1.0 / problem.requests[provider]))
        _limit(
            model,
            f"tokens {provider}",
            {pair: problem.tokens[pair[0]] / problem.most_tokens[provider] for pair in of_it},
        )
    samples = SimulatedAnnealingSampler().sample(model, num_reads=reads, num_sweeps=sweeps, seed=1)
    best: Choice = np.full(messages, NONE, dtype=np.intp)
    for sample in samples.samples():
        choice = np.full(messages, NONE, dtype=np.intp)
        for row, provider in pairs:
            if sample[(row, provider)] and problem.values[row, provider] > problem.values[row, choice[row]]:
                choice[row] = provider
        choice = _repaired(problem, choice)
        if problem.worth(choice) > problem.worth(best):
            best = choice
    return best


def _limit(model: Any, name: str, shares: dict[tuple[int, int], float]) -> None:
    """A penalty on the shares' sum beyond 1, by slack bits of `SLACK_UNITS` units."""
    terms: list[tuple[Any, float]] = [(pair, float(share * SLACK_UNITS)) for pair, share in shares.items()]
    left, bit = SLACK_UNITS, 1
    while left > 0:
        size = min(bit, left)
        terms.append(((name, size, left), float(size)))
        left -= size
        bit *= 2
    model.add_linear_equality_constraint(terms, lagrange_multiplier=0.05, constant=-float(SLACK_UNITS))


class _Left:
    """What is left of money and limits beside a choice."""

    def __init__(self, problem: Problem, choice: Choice) -> None:
        self._problem = problem
        rows = np.arange(len(choice))
        self._money = problem.money - float(problem.costs[rows, choice].sum())
        self._requests = problem.requests - np.bincount(choice, minlength=NONE + 1)
        self._tokens = problem.most_tokens - np.bincount(choice, weights=problem.tokens, minlength=NONE + 1)

    def moves(self, row: int, old: int, new: int) -> bool:
        """Move a message where there is room; whether there was."""
        problem = self._problem
        money = self._money + problem.costs[row, old] - problem.costs[row, new]
        if money < 0 or self._requests[new] < 1 or self._tokens[new] < problem.tokens[row]:
            return False
        self._money = money
        self._requests[[old, new]] += [1, -1]
        self._tokens[[old, new]] += [problem.tokens[row], -problem.tokens[row]]
        return True


def _filled(problem: Problem, preferred: Choice, order: Choice) -> Choice:
    """Messages in that order, each at the first of its preferred providers that has room."""
    choice: Choice = np.full(len(problem.values), NONE, dtype=np.intp)
    left = _Left(problem, choice)
    for row in order:
        for provider in preferred[row]:
            if provider == NONE or problem.values[row, provider] <= 0:
                break
            if left.moves(int(row), NONE, int(provider)):
                choice[row] = provider
                break
    return choice


def _repaired(problem: Problem, wished: Choice) -> Choice:
    """The wished choice where it fits, the most valuable messages first; then upgrades while there is room."""
    worth = problem.values[np.arange(len(wished)), wished]
    choice: Choice = np.full(len(wished), NONE, dtype=np.intp)
    left = _Left(problem, choice)
    for row in np.argsort(-worth):
        if wished[row] != NONE and left.moves(int(row), NONE, int(wished[row])):
            choice[row] = wished[row]
    gained = problem.values - problem.values[np.arange(len(choice)), choice][:, None]
    for place in np.argsort(-gained, axis=None):
        row, provider = divmod(int(place), problem.values.shape[1])
        better = problem.values[row, provider] > problem.values[row, choice[row]]
        if better and left.moves(row, int(choice[row]), provider):
            choice[row] = provider
    return choice


def _less(problem: Problem, prices: Array) -> Array:
    """Values less what each choice costs at these prices of money, requests and tokens."""
    worth = problem.values - prices[0] * problem.costs / problem.money
    worth[:, :NONE] -= prices[1 : 1 + NONE] / problem.requests[:NONE]
    worth[:, :NONE] -= problem.tokens[:, None] * prices[1 + NONE :] / problem.most_tokens[:NONE]
    less: Array = worth
    return less
