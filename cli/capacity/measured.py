"""The newest measured figures of `benchmarks/history`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cli.capacity.model import APPS, Measured
from cli.exits import NO_INPUT, Failure

HISTORY = Path(__file__).parents[2] / "benchmarks" / "history"


def rows(name: str, folder: Path = HISTORY) -> Iterator[dict[str, Any]]:
    """The runs of a benchmark, the newest first."""
    file = folder / f"{name}.jsonl"
    if file.exists():
        for line in reversed(file.read_text().splitlines()):
            yield json.loads(line)


def read(folder: Path = HISTORY) -> tuple[Measured, dict[str, Any]]:
    """What the model needs, and the run of the whole way that it is from. Raises `Failure` where one is missing."""
    if not folder.is_dir():
        raise Failure(NO_INPUT, f"there is no {folder}: what was measured is in a checkout alone; run this there")
    whole = _newest("whole-way", "cpu_ms_per_message", "make bench", folder)
    taken = _newest("footprint", "topic_bytes_per_message", "make bench-footprint", folder)
    profile = _newest("profile", "bytes_per_learner", "make bench-profile", folder)
    context = _newest("context-bench", "bytes_per_learner", "make bench-context", folder)
    gateway = _newest("gateway", "kib_per_session", "make bench-gateway", folder)
    measured = Measured(
        cpu_ms=cpu_of(whole),
        load_cpu_ms=float(whole.get("load_cpu_ms_per_message", 0.0)),
        cores=cores_of(whole),
        memory_mb={app: float(taken["memory_mb"][app]) for app in APPS},
        topic_bytes=float(taken["topic_bytes_per_message"]),
        row_bytes=float(taken["clickhouse_bytes_per_message"]),
        state_bytes=float(profile["bytes_per_learner"] + context["bytes_per_learner"]),
        session_kib=float(gateway["kib_per_session"]),
    )
    return measured, whole


def cpu_of(run: dict[str, Any]) -> dict[str, float]:
    """Milliseconds a message by app, broker and ClickHouse of a run of the whole way."""
    given = run["cpu_ms_per_message"]
    return {
        "core": float(given["core"]["total"]),
        **{name: float(given[name]) for name in ("routing", "sinks", "broker", "clickhouse")},
    }


def cores_of(run: dict[str, Any]) -> int:
    """The cores of the machine that a run was made on."""
    return int(str(run["machine"]).rpartition(" cores")[0].rpartition(" ")[2])


def _newest(name: str, field: str, command: str, folder: Path) -> dict[str, Any]:
    for row in rows(name, folder):
        if field in row:
            return row
    raise Failure(NO_INPUT, f"{folder / name}.jsonl has no run with {field}; '{command}' makes one")
