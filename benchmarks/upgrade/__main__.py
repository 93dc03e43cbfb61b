"""`python -m benchmarks.upgrade [--case NAME] [--rate R] [--messages N]`: a row a case, and one line of figures."""

import argparse
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import history
from benchmarks.faults.rig import Rig
from benchmarks.faults.watch import Figures, Run
from benchmarks.load import messages
from benchmarks.upgrade.cases import CASES, Case

RATE, MESSAGES, LEARNERS = 10.0, 400, 80
DEADLINE_SECONDS = 30.0
PATIENCE_SECONDS = 120
HEADINGS = ("case", "sent", "lost", "duplicated", "out of order", "longest wait, s", "apps held back, s", "held")


def say(line: str) -> None:
    """Progress, on standard error."""
    print(f"{datetime.now(UTC):%H:%M:%S} {line}", file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True)
class Row:
    """One case and what came of it."""

    case: Case
    figures: Figures
    held_back_s: float

    @property
    def longest_wait_s(self) -> float:
        """At most what a learner waited: for the app to send, then from the append to the answer."""
        return max(self.figures.waits_ms.values(), default=0.0) / 1000 + self.held_back_s

    @property
    def held(self) -> bool:
        """Nothing lost, repeated or disordered, everything answered, nobody waiting for longer than the deadline."""
        verdict = self.figures.verdict
        return (
            verdict.good
            and verdict.answered == verdict.sent
            and self.longest_wait_s <= DEADLINE_SECONDS
            and self.figures.error is None
        )

    def cells(self) -> tuple[str, ...]:
        """As `HEADINGS` names them."""
        verdict, error = self.figures.verdict, self.figures.error
        return (
            self.case.name,
            str(verdict.sent),
            str(len(verdict.lost)),
            str(len(verdict.duplicated)),
            str(len(verdict.out_of_order)),
            f"{self.longest_wait_s:.1f}",
            f"{self.held_back_s:.1f}",
            "yes" if self.held else f"NO{': ' + error if error else ''}",
        )


def table(rows: list[Row]) -> str:
    """The rows for people."""
    lines = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def rehearse(case: Case, count: int, rate: float) -> Row:
    """One case on a system of its own: what it leaves (versions, partitions) must not reach the next one."""
    say(f"{case.name}: {case.what}")
    held_back = [0.0]
    extra = {"MASTERX_DEADLINE_SECONDS": f"{DEADLINE_SECONDS:g}"}
    with tempfile.TemporaryDirectory(prefix="masterx-upgrade-") as directory, Rig(Path(directory), extra) as rig:

        def interfere(run: Run) -> None:
            held_back[0] = case.do(run)

        # What is learned and kept before counts too: the upgrade meets learners who have a history.
        before = Run(
            rig,
            messages(LEARNERS, LEARNERS, run=f"before-{time.time_ns()}", tenant="upgrade"),
            lambda _run: None,
            rate=None,
            patience=PATIENCE_SECONDS,
        )
        before.go()
        events = messages(count, min(count, LEARNERS), run=f"upgrade-{time.time_ns()}", tenant="upgrade")
        run = Run(rig, events, interfere, rate=rate, patience=PATIENCE_SECONDS, most_waiting=None)
        figures = run.go()
    row = Row(case, figures, held_back[0])
    say(f"  {'held' if row.held else 'DID NOT HOLD'} after {figures.seconds:.0f} s")
    for line in figures.wrong:
        say(line)
    return row


def main() -> int:
    """Exit code 1 where a case did not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.upgrade", description=__doc__)
    parser.add_argument("--case", action="append", help="only this case; may be given several times")
    parser.add_argument("--rate", type=float, default=RATE, help="messages a second")
    parser.add_argument("--messages", type=int, default=MESSAGES, help="messages a case")
    options = parser.parse_args()
    chosen = [case for case in CASES if not options.case or case.name in options.case]
    if not chosen:
        parser.error(f"no such case; there are: {', '.join(case.name for case in CASES)}")
    rows = [rehearse(case, options.messages, options.rate) for case in chosen]
    print(table(rows))
    verdicts = [row.figures.verdict for row in rows]
    figures = {
        "cases": len(rows),
        "lost": sum(len(verdict.lost) for verdict in verdicts),
        "duplicated": sum(len(verdict.duplicated) for verdict in verdicts),
        "out_of_order": sum(len(verdict.out_of_order) for verdict in verdicts),
        "longest_wait_s": round(max(row.longest_wait_s for row in rows), 1),
        "sent": sum(verdict.sent for verdict in verdicts),
        "held": sum(row.held for row in rows),
        "waits": {row.case.name: round(row.longest_wait_s, 1) for row in rows},
    }
    if options.case:
        print(json.dumps(figures))
    else:
        history.record("upgrade", figures)
    return 0 if all(row.held for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
