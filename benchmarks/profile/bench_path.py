"""The learning path solved greedily, exactly and by annealing: worth against the best known, and time.

    python -m benchmarks.profile.bench_path [--problems 10]

Problems are random curricula of 10, 18, 30 and 60 concepts with time for a part of them. Worth is given as a share of
the best choice that any solver found; where the exact one proved its own, that is the optimum.
"""

import argparse
import sys
from collections.abc import Callable
from time import perf_counter

from agents.profile.path import annealing, exact, greedy
from agents.profile.path.plan import MAX_NODES
from agents.profile.path.problem import Problem
from benchmarks.history import record
from benchmarks.profile.problems import random_problem

SIZES = (10, 18, 30, 60)
SOLVERS: dict[str, Callable[[Problem], list[int]]] = {
    "greedy": greedy.solve,
    "exact": lambda posed: exact.solve(posed)[0],
    "exact_limited": lambda posed: exact.solve(posed, MAX_NODES)[0],
    "simulated_annealing": annealing.solve,
    "path_integral_annealing": lambda posed: annealing.solve(posed, "path_integral", reads=10, sweeps=300),
}


def run(problems: int) -> dict[str, object]:
    figures: dict[str, object] = {"problems_per_size": problems}
    for size in SIZES:
        shares: dict[str, list[float]] = {name: [] for name in SOLVERS}
        times: dict[str, list[float]] = {name: [] for name in SOLVERS}
        proven = 0
        for seed in range(problems):
            posed = random_problem(seed, size)
            worth = {}
            for name, solve in SOLVERS.items():
                start = perf_counter()
                chosen = solve(posed)
                times[name].append((perf_counter() - start) * 1e3)
                worth[name] = posed.worth(chosen)
            proven += exact.solve(posed)[1]
            best = max(worth.values())
            for name in SOLVERS:
                shares[name].append(worth[name] / best if best else 1.0)
        for name in SOLVERS:
            ordered = sorted(times[name])
            line = {"worth": round(sum(shares[name]) / problems, 4), "median_ms": round(ordered[problems // 2], 2)}
            figures[f"{name}_{size}"] = line
            print(size, name, line, file=sys.stderr)
        figures[f"proven_{size}"] = proven
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=10)
    record("path", run(parser.parse_args().problems))


if __name__ == "__main__":
    main()
