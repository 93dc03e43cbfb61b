"""`python -m benchmarks.demo_runs --runs N --broker auto|kafka|pocket --seconds S`: whether each of N demos ends well.

Exit code 1 when one of them did not.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import history
from cli.verify import percentile

MASTERX = str(Path(sys.executable).parent / "masterx")
PATIENCE_SECONDS = 240
LAST_LINES = 15


def say(line: str) -> None:
    """Progress, on standard error."""
    print(line, file=sys.stderr, flush=True)


def one(broker: str, seconds: float, seed: int) -> tuple[int, dict[str, Any], str]:
    """A demo's exit code, its figures, empty where it printed none, and the last it said."""
    command = [MASTERX, "demo", "--json", "--broker", broker, "--seconds", str(seconds), "--seed", str(seed)]
    try:
        ended = subprocess.run(
            command, timeout=PATIENCE_SECONDS + seconds, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    except subprocess.TimeoutExpired:
        return -1, {}, f"it was not over after {PATIENCE_SECONDS + seconds:.0f} s"
    lines = ended.stdout.splitlines()
    figures: dict[str, Any] = next((json.loads(line) for line in reversed(lines) if line.startswith("{")), {})
    return ended.returncode, figures, "\n".join(lines[-LAST_LINES:])


def well(code: int, figures: dict[str, Any]) -> bool:
    """Whether everything that was sent was answered, once, and the demo said so by its exit code."""
    return (
        code == 0
        and figures.get("sent", 0) > 0
        and figures["answered"] == figures["sent"]
        and not figures["lost"]
        and not figures["duplicated"]
    )


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--broker", choices=("auto", "kafka", "pocket"), default="auto")
    parser.add_argument("--seconds", type=float, default=45.0)
    options = parser.parse_args()
    found: list[dict[str, Any]] = []
    failed = 0
    for number in range(1, options.runs + 1):
        began = time.monotonic()
        code, figures, last = one(options.broker, options.seconds, seed=number)
        found.append(figures)
        if not well(code, figures):
            failed += 1
            say(last)
        verdict = json.dumps(figures) if figures else "no figures"
        say(f"run {number} of {options.runs}: exit code {code}, {time.monotonic() - began:.0f} s, {verdict}")
    history.record("demo-runs", {"runs": options.runs, "failed": failed, **summed(found)})
    raise SystemExit(1 if failed else 0)


def summed(found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The figures of all runs, those that failed too: what was lost was lost in one of them. A run that printed none is
    in `failed` alone."""
    told = [figures for figures in found if figures]
    firsts = [figures["first_answer_s"] for figures in told if figures["first_answer_s"] is not None]
    sums = ("sent", "answered", "answered_by_provider", "lost", "duplicated")
    return {
        "broker": sorted({figures["broker"] for figures in told}),
        **{name: sum(figures[name] for figures in told) for name in sums},
        "first_answer_p50_s": percentile(firsts, 0.5),
        "first_answer_worst_s": max(firsts, default=None),
    }


if __name__ == "__main__":
    main()
