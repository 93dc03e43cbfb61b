"""Times the dashboards' queries and holds their answers against a count of the events without copies."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clickhouse_connect.driver.client import Client

from benchmarks.analytics.school import CONCEPTS, LAST_MOMENT, TENANTS, School
from cli.verify import percentile
from sinks import queries

RECOMPUTE = Path(__file__).parent / "recompute.sql"
ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds of every run by query, as the client saw them, and the queries whose answers were wrong."""

    runs: Mapping[str, list[float]]
    unequal: tuple[str, ...]

    @property
    def p95(self) -> float:
        """Over all runs of all queries."""
        found = percentile([run for runs in self.runs.values() for run in runs], 0.95)
        assert found is not None
        return found

    def by_query(self) -> dict[str, float]:
        """The p95 of each query."""
        return {name: round(percentile(runs, 0.95) or 0.0, 1) for name, runs in self.runs.items()}


def parameters(number: int, learners: int) -> dict[str, Any]:
    """Those of round `number`: another tenant, learner and concept each time."""
    return {
        "tenant": f"school-{number % TENANTS}",
        "learner": f"learner-{number * 733 % learners:05}",
        "concept": f"concept-{number * 5 % CONCEPTS:02}",
        "until": LAST_MOMENT,
    }


def timed(client: Client, school: School, rounds: int = ROUNDS) -> Timed:
    """Ask each query `rounds` times in turn, after a first round that is not counted and whose answers are checked."""
    asked = queries.load()
    counted = queries.load(RECOMPUTE)
    if asked.keys() != counted.keys():
        raise ValueError(f"only in one of the two files: {', '.join(sorted(asked.keys() ^ counted.keys()))}")
    unequal = []
    for name, text in asked.items():
        given = parameters(1, school.learners)
        answer = client.query(text, parameters=given).result_rows
        expected = client.query(counted[name], parameters={**given, "events": school.rows}).result_rows
        if not answer or answer != expected:
            unequal.append(name)
    runs: dict[str, list[float]] = {name: [] for name in asked}
    for number in range(rounds):
        given = parameters(number, school.learners)
        for name, text in asked.items():
            began = time.perf_counter()
            _ = client.query(text, parameters=given).result_rows
            runs[name].append((time.perf_counter() - began) * 1000)
    return Timed(runs, tuple(unequal))
