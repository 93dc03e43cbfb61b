"""`python -m benchmarks.faults [--short] [--case NAME] [--messages N]`: a row a fault, and whether all of it held."""

import argparse
import json
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import history
from benchmarks.faults import naive
from benchmarks.faults.cases import Case, chosen
from benchmarks.faults.report import Row, markdown, table
from benchmarks.faults.rig import Rig
from benchmarks.faults.watch import Run
from benchmarks.load import messages

FULL_MESSAGES, FULL_LEARNERS = 5000, 500
SHORT_MESSAGES, SHORT_LEARNERS = 1000, 100
REPORT = Path(__file__).parents[2] / "docs" / "faults.md"


def say(line: str) -> None:
    """Progress, on standard error."""
    print(f"{datetime.now(UTC):%H:%M:%S} {line}", file=sys.stderr, flush=True)


def run_case(rig: Rig, case: Case, count: int, learners: int) -> Row:
    """One case on a rig that is whole again before it."""
    say(f"{case.name}: {case.what}")
    rig.mend()
    name = case.name.replace(" ", "-").replace(",", "")
    events = case.events(messages(count, learners, run=f"{name}-{time.time_ns()}", tenant=name))
    run = Run(rig, events, case.interfere, rate=None, patience=75, say=lambda line: say(f"  {line}"))
    case.prepare(run)
    figures = run.go()
    wanted = case.by_provider(figures.verdict.sent)
    row = Row(case.name, case.what, figures, wanted)
    say(f"  {'held' if row.held else 'DID NOT HOLD'} after {figures.seconds:.0f} s")
    for line in figures.wrong:
        say(line)
    return row


def main() -> int:
    """Run the cases; exit code 1 when one did not hold, or the checker let a broken worker pass."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--short", action="store_true", help="the cases and sizes that CI has time for")
    parser.add_argument("--case", action="append", help="only this case; may be given several times")
    parser.add_argument("--messages", type=int, help="messages a case")
    options = parser.parse_args()
    cases = [case for case in chosen(options.short) if not options.case or case.name in options.case]
    if not cases:
        parser.error(f"no such case; there are: {', '.join(case.name for case in chosen(options.short))}")
    count = options.messages or (SHORT_MESSAGES if options.short else FULL_MESSAGES)
    learners = min(count, SHORT_LEARNERS if options.short else FULL_LEARNERS)
    rows = []
    with tempfile.TemporaryDirectory(prefix="masterx-faults-") as directory:
        with Rig(Path(directory)) as rig:
            rows = [run_case(rig, case, count, learners) for case in cases]
        checker = None if options.case else naive.fails(Path(directory) / "naive", min(count, 500), say)
    print(table(rows, checker))
    if not options.short and not options.case:
        REPORT.write_text(markdown(rows, checker))
    held = all(row.held for row in rows) and checker is not False
    if options.case:
        print(json.dumps(figures(rows)))
    else:
        history.record("faults-short" if options.short else "faults", figures(rows))
    return 0 if held else 1


def figures(rows: list[Row]) -> dict[str, int | float]:
    """The sums over all cases, and the worst recovery."""
    verdicts = [row.figures.verdict for row in rows]
    return {
        "cases": len(rows),
        "sent": sum(v.sent for v in verdicts),
        "answered": sum(v.answered for v in verdicts),
        "answered_by_provider": sum(v.answered_by_provider for v in verdicts),
        "lost": sum(len(v.lost) for v in verdicts),
        "duplicated": sum(len(v.duplicated) for v in verdicts),
        "out_of_order": sum(len(v.out_of_order) for v in verdicts),
        "provider_calls_repeated": sum(row.figures.provider_calls_repeated for row in rows),
        "worst_recovery_s": max((row.figures.longest_silence_s for row in rows), default=0.0),
    }


if __name__ == "__main__":
    sys.exit(main())
