"""`make bench-routing`: what a call costs here, over the transport alone, and by litellm's own ways.

Each contender runs in a process of its own against the local test provider, whose replies take 20 s: one after
another, except at one call in flight, where they hardly use a core and run beside each other. `INFLIGHT=1,100` leaves
levels out.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks import history
from benchmarks.routing.contenders import CONTENDERS
from local.provider import Provider

# In flight → calls.
LEVELS: dict[int, int] = {1: 3, 100: 200, 5000: 5000}
MAIN_LEVEL = 100
# Seconds to the first token, and between two of a reply's 20 tokens or so.
FIRST_TOKEN, BETWEEN_TOKENS = 1.0, 0.95
FIGURES = ("cpu_ms_per_call", "ttft_ms_p50", "ttft_ms_p99", "wall_s")


def measured(name: str, url: str, in_flight: int, calls: int, most_seconds: float) -> dict[str, float | None]:
    """The figures of one contender at one level; none of them where it is not done in time.

    Raises `CalledProcessError` when it fails.
    """
    command = [sys.executable, "-m", "benchmarks.routing.contenders", name]
    command += ["--url", url, "--in-flight", str(in_flight), "--calls", str(calls)]
    try:
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=most_seconds)
    except subprocess.TimeoutExpired:
        return dict.fromkeys(FIGURES)
    figures: dict[str, float | None] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def rounded(value: float | None) -> float | None:
    """For printing."""
    return None if value is None else round(value, 3)


def at_level(url: str, level: int, most_seconds: float) -> dict[str, dict[str, float | None]]:
    """The figures of all contenders with so many calls in flight."""
    with ThreadPoolExecutor(len(CONTENDERS) if level == 1 else 1) as side_by_side:
        found = side_by_side.map(lambda name: measured(name, url, level, LEVELS[level], most_seconds), CONTENDERS)
        shown = {}
        for name, figures in zip(CONTENDERS, found, strict=True):
            shown[name] = {key: rounded(value) for key, value in figures.items()}
            print(f"{level:>5} in flight  {name:<20} {shown[name]}", file=sys.stderr, flush=True)
    return shown


def main() -> int:
    """Print the figures as one JSON line and append them to the history."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.routing.calls", description=__doc__)
    parser.add_argument("--in-flight", default="1,100,5000", help="calls in flight, of 1, 100 and 5000")
    parser.add_argument("--seconds", type=float, default=20.0, help="what a reply takes")
    parser.add_argument("--most-seconds", type=float, default=240.0, help="for one contender at one level")
    options = parser.parse_args()
    levels = [int(level) for level in options.in_flight.split(",")]
    if unknown := [str(level) for level in levels if level not in LEVELS]:
        parser.error(f"--in-flight is of 1, 100 and 5000, not {', '.join(unknown)}")
    pace = options.seconds / 20.0
    by_level: dict[str, dict[str, dict[str, float | None]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        provider = Provider(Path(folder))
        provider.start()
        try:
            provider.control(mode="slow-stream", delay=FIRST_TOKEN * pace, token_delay=BETWEEN_TOKENS * pace)
            for level in levels:
                by_level[str(level)] = at_level(provider.base_url, level, options.most_seconds)
        finally:
            provider.stop()
    shown = by_level.get(str(MAIN_LEVEL)) or by_level[str(levels[0])]
    ours, http = shown["ours"]["ttft_ms_p50"], shown["http"]["ttft_ms_p50"]
    figures_: dict[str, Any] = {
        "cpu_ms_per_call": shown["ours"]["cpu_ms_per_call"],
        "added_ttft_ms": None if ours is None or http is None else round(ours - http, 3),
        "http_cpu_ms_per_call": shown["http"]["cpu_ms_per_call"],
        "over_litellm_cpu_ms_per_call": shown["ours_over_litellm"]["cpu_ms_per_call"],
        "litellm_acompletion_cpu_ms_per_call": shown["litellm_acompletion"]["cpu_ms_per_call"],
        "litellm_router_cpu_ms_per_call": shown["litellm_router"]["cpu_ms_per_call"],
        "in_flight": MAIN_LEVEL if str(MAIN_LEVEL) in by_level else levels[0],
        "by_in_flight": by_level,
    }
    history.record("bench-routing", figures_)
    return 0


if __name__ == "__main__":
    sys.exit(main())
