"""`python -m benchmarks.takeover [--messages N] [--rate R]`: one line of figures.

A routing worker is added and the oldest one removed, five times, while learners write. Each takes over from
another. Nobody may be answered twice, and when all have ended, every table must be what its changelog says up to the
offset that it has.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks import history
from benchmarks.faults.rig import Rig
from benchmarks.faults.watch import Run
from benchmarks.load import messages
from benchmarks.takeover.tables import compared
from pipeline import changelogs
from pipeline.names import app_id

APP = STAGE = "routing"
MESSAGES, LEARNERS, RATE = 1500, 100, 50.0
SHARES = (0.1, 0.25, 0.4, 0.55, 0.7)
PATIENCE_SECONDS = 60


def replace_workers(run: Run) -> None:
    """One more, then one less, again and again; two stay."""
    for number, share in enumerate(SHARES):
        run.until(share)
        run.rig.add(APP)
        if number:
            run.rig.remove(run.rig.the(APP))


def main() -> int:
    """Exit code 1 where something was lost, repeated or disordered, or a table is not what its changelog says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.takeover", description=__doc__)
    parser.add_argument("--messages", type=int, default=MESSAGES)
    parser.add_argument("--rate", type=float, default=RATE, help="messages a second")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="masterx-takeover-") as directory, Rig(Path(directory)) as rig:
        events = messages(options.messages, LEARNERS, run="takeover", tenant="takeover")
        run = Run(
            rig,
            events,
            replace_workers,
            rate=options.rate,
            patience=PATIENCE_SECONDS,
            most_waiting=None,
            say=lambda line: print(f"  {line}", file=sys.stderr, flush=True),
        )
        figures = run.go()
        for worker in rig.workers[APP]:
            worker.stop()
        topic = changelogs.name(app_id(APP), STAGE)
        tables = compared(rig.settings, STAGE, topic, Path(directory))
    for line in figures.wrong:
        print(line, file=sys.stderr)
    for table in tables:
        if table.differing:
            print(f"  {table.name}: {table.differing} of {table.keys} keys differ at {table.offset}", file=sys.stderr)
    verdict = figures.verdict
    unequal = sum(bool(table.differing) for table in tables)
    history.record(
        "takeover",
        {
            "sent": verdict.sent,
            "answered": verdict.answered,
            "lost": len(verdict.lost),
            "duplicated": len(verdict.duplicated),
            "out_of_order": len(verdict.out_of_order),
            "raw_duplicates": figures.raw_duplicates,
            "tables": len(tables),
            "tables_unequal": unequal,
            "error": figures.error,
        },
    )
    return 0 if verdict.good and tables and not unequal and figures.error is None else 1


if __name__ == "__main__":
    sys.exit(main())
