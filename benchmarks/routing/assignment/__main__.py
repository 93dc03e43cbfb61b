"""`make bench-assignment`: messages to providers under a budget and rate limits, solved in five ways; and one by one.

Worth is given as a share of the best known of each problem.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks import history
from benchmarks.routing.assignment import solvers
from benchmarks.routing.assignment.day import earned
from benchmarks.routing.assignment.problem import Choice, Problem, drawn

SOLVERS: dict[str, Callable[[Problem], Choice]] = {
    "first_come": solvers.first_come,
    "greedy": solvers.greedy,
    "priced": solvers.priced,
    "annealed": solvers.annealed,
    "exact": solvers.exact,
}
SIZES = (12, 40, 150)
DAY_MESSAGES = 20_000
SCARCITIES = (0.1, 0.3, 0.6)


def compared(size: int, problems: int) -> dict[str, dict[str, float]]:
    """Mean share of the best known worth, and median milliseconds, of each way."""
    shares: dict[str, list[float]] = {name: [] for name in SOLVERS}
    spans: dict[str, list[float]] = {name: [] for name in SOLVERS}
    for seed in range(problems):
        problem = drawn(size, seed)
        worth = {}
        for name, solve in SOLVERS.items():
            start = time.perf_counter()
            choice = solve(problem)
            spans[name].append(1000 * (time.perf_counter() - start))
            if not problem.fits(choice):
                raise RuntimeError(f"{name} broke a limit on problem {seed} of {size}")
            worth[name] = problem.worth(choice)
        best = max(worth.values())
        for name, found in worth.items():
            shares[name].append(found / best)
    return {
        name: {"worth": round(statistics.mean(shares[name]), 4), "ms": round(statistics.median(spans[name]), 2)}
        for name in SOLVERS
    }


def main() -> int:
    """Print the tables on stderr and one JSON line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.routing.assignment", description=__doc__)
    parser.add_argument("--problems", type=int, default=5, help="of each size")
    options = parser.parse_args()
    by_size: dict[str, Any] = {}
    for size in SIZES:
        by_size[str(size)] = compared(size, options.problems)
        print(f"{size:>4} messages  {by_size[str(size)]}", file=sys.stderr, flush=True)
    by_scarcity: dict[str, Any] = {}
    for scarcity in SCARCITIES:
        days = [earned(DAY_MESSAGES, seed, scarcity) for seed in range(3)]
        by_scarcity[str(scarcity)] = {key: round(statistics.mean(day[key] for day in days), 4) for key in days[0]}
        shown = "  ".join(f"{name} {float(share):.4f}" for name, share in by_scarcity[str(scarcity)].items())
        print(f"money for {scarcity:.0%}  {shown}", file=sys.stderr, flush=True)
    history.record("assignment", {"by_size": by_size, "day_by_scarcity": by_scarcity})
    return 0


if __name__ == "__main__":
    sys.exit(main())
