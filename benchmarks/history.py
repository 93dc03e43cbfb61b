"""Append-only history of measured figures: one JSON line a run, with commit, date and machine."""

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HISTORY = Path(__file__).parent / "history"


def commit() -> str:
    """The short hash of the checkout, with `+` behind it when files differ from it; `unknown` outside git."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty=+"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return described.stdout.strip()


def machine() -> str:
    """Processor, core count and memory, as far as the system says."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    model = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return f"{model}, {os.cpu_count()} cores, {memory_gib:.0f} GiB"


def loop_ms() -> float:
    """CPU milliseconds of a million turns of a plain loop, the least of three: how fast the machine was in that hour.

    Rented machines are two to three times slower at one hour than at another; lines are compared with this beside them.
    """
    took = []
    for _ in range(3):
        began = time.process_time()
        total = 0
        for number in range(1_000_000):
            total += number
        took.append(1e3 * (time.process_time() - began))
    return round(min(took), 1)


def record(name: str, figures: Mapping[str, Any]) -> None:
    """Append `figures` to `benchmarks/history/<name>.jsonl` and print them as the last line of stdout."""
    HISTORY.mkdir(exist_ok=True)
    row = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": machine(),
        "loop_ms": loop_ms(),
        **figures,
    }
    with (HISTORY / f"{name}.jsonl").open("a") as history:
        history.write(json.dumps(row) + "\n")
    sys.stderr.flush()
    print(json.dumps(dict(figures)), flush=True)
