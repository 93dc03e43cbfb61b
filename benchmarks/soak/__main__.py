"""`python -m benchmarks.soak [--hours H] [--minutes M] [--rate R] [--every SECONDS]`: one line of figures at the end.

Messages come at a constant rate, whatever becomes of them. Availability is the share that a consumer had an answer to
within the deadline, from the append of the message on.
"""

import argparse
import itertools
import json
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import history
from benchmarks.faults.rig import Rig
from benchmarks.faults.watch import Figures, Run
from benchmarks.load import messages
from benchmarks.soak.conduct import Conductor
from benchmarks.soak.samples import Sampler, growth

RATE = 10.0
EVERY_SECONDS = 300.0
LEARNERS = 500
GOAL = 0.9995
PATIENCE_SECONDS = 90
DEADLINE_SECONDS = 30.0


def say(line: str) -> None:
    """Progress, on standard error."""
    print(f"{datetime.now(UTC):%H:%M:%S} {line}", file=sys.stderr, flush=True)


def availability(figures: Figures, deadline_seconds: float) -> float:
    """The share of what was sent that was answered within the deadline."""
    in_time = sum(waited <= deadline_seconds * 1000 for waited in figures.waits_ms.values())
    return in_time / figures.verdict.sent


def _every(times: int) -> Callable[[str], None]:
    numbers = itertools.count(1)
    return lambda line: say(f"  {line}") if next(numbers) % times == 0 else None


def main() -> int:
    """Exit code 1 where something was lost, duplicated or disordered, or availability is below the goal."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--hours", type=float, default=0.0)
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--rate", type=float, default=RATE, help="messages a second")
    parser.add_argument("--every", type=float, default=EVERY_SECONDS, help="seconds between two faults")
    options = parser.parse_args()
    seconds = (options.hours * 60 + options.minutes) * 60 or 3600.0
    count = max(1, round(seconds * options.rate))
    # The deadline that learners have, not the longer one of the fault suite.
    extra = {"MASTERX_DEADLINE_SECONDS": f"{DEADLINE_SECONDS:g}"}
    with tempfile.TemporaryDirectory(prefix="masterx-soak-") as directory, Rig(Path(directory), extra) as rig:
        conductor = Conductor(seconds, options.every, say)
        run = Run(
            rig,
            messages(count, min(count, LEARNERS), run="soak", tenant="soak"),
            conductor,
            rate=options.rate,
            patience=PATIENCE_SECONDS,
            most_waiting=None,
            say=_every(15),
        )
        say(f"{count} messages, {options.rate:g} a second for {seconds / 60:g} minutes")
        with Sampler(rig, lambda: conductor.quiet) as sampler:
            figures = run.go()
    verdict = figures.verdict
    for line in figures.wrong:
        say(line)
    share = availability(figures, DEADLINE_SECONDS)
    found = {
        "availability": round(share, 5),
        "lost": len(verdict.lost),
        "duplicated": len(verdict.duplicated),
        **growth(sampler.samples),
        "faults": len(conductor.injected),
        "out_of_order": len(verdict.out_of_order),
        "sent": verdict.sent,
        "answered_by_provider": verdict.answered_by_provider,
        "longest_wait_s": round(max(figures.waits_ms.values(), default=0.0) / 1000, 1),
        "deadline_s": DEADLINE_SECONDS,
        "messages_per_s": options.rate,
        "minutes": round(seconds / 60, 1),
        "error": figures.error,
    }
    if figures.error:
        say(figures.error)
        print(json.dumps(found))
        return 1
    history.record("soak", found)
    return 0 if verdict.good and share >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
