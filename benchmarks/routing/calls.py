"""`make bench-routing`: what a call costs here, over the transport alone, and by litellm's own ways.

Each contender runs in a process of its own against the local test provider, one after another.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import history
from benchmarks.routing.contenders import CONTENDERS
from local.provider import Provider

# In flight → (calls, seconds to the first token, seconds between two of a reply's 21 or so tokens).
LEVELS: dict[int, tuple[int, float, float]] = {
    1: (300, 0.0, 0.0),
    100: (1000, 0.25, 0.012),
    5000: (5000, 1.0, 0.95),
}
MAIN_LEVEL = 100


def measured(name: str, url: str, in_flight: int, calls: int) -> dict[str, float]:
    """The figures of one contender at one level. Raises `CalledProcessError` when it fails."""
    command = [sys.executable, "-m", "benchmarks.routing.contenders", name]
    command += ["--url", url, "--in-flight", str(in_flight), "--calls", str(calls)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    figures: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def main() -> int:
    """Print the figures as one JSON line and append them to the history."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.routing.calls", description=__doc__)
    parser.add_argument("--levels", default="1,100,5000", help="calls in flight, of 1, 100 and 5000")
    levels = [int(level) for level in parser.parse_args().levels.split(",")]
    by_level: dict[str, dict[str, dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        provider = Provider(Path(folder))
        provider.start()
        try:
            for level in levels:
                calls, delay, token_delay = LEVELS[level]
                provider.control(mode="slow-stream", delay=delay, token_delay=token_delay)
                found = {name: measured(name, provider.base_url, level, calls) for name in CONTENDERS}
                by_level[str(level)] = {
                    name: {key: round(value, 3) for key, value in figures.items()} for name, figures in found.items()
                }
                for name, figures in by_level[str(level)].items():
                    print(f"{level:>5} in flight  {name:<20} {figures}", file=sys.stderr, flush=True)
        finally:
            provider.stop()
    shown = by_level.get(str(MAIN_LEVEL)) or by_level[str(levels[0])]
    figures_: dict[str, Any] = {
        "cpu_ms_per_call": shown["ours"]["cpu_ms_per_call"],
        "added_ttft_ms": round(shown["ours"]["ttft_ms_p50"] - shown["http"]["ttft_ms_p50"], 3),
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
