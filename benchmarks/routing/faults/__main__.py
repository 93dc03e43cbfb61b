"""`make faults-routing`: a row for each way in which a provider fails, and whether every message was answered.

Exit code 1 when a message stayed without an answer, or got the off-line reply where a provider was healthy.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import history
from benchmarks.routing.faults.cases import Case, cases
from benchmarks.routing.faults.report import markdown, table
from benchmarks.routing.faults.run import Load, Row, run_case
from config.providers import Timeouts
from config.settings import Settings
from local.provider import Provider as ProviderProcess

REPORT = Path(__file__).parents[3] / "docs" / "routing-faults.md"
# As declared for the first provider of the built-in file.
LIMITS = Timeouts(first_token=6, between_tokens=5, total=20)
SHORT_LIMITS = Timeouts(first_token=1, between_tokens=1, total=3)


def run(chosen: Sequence[Case], test_provider: ProviderProcess, load: Load) -> list[Row]:
    """The rows of the cases, one after another."""
    rows = []
    for case in chosen:
        row = asyncio.run(run_case(case, test_provider, load))
        print(f"{case.name}: {'held' if row.held else 'DID NOT HOLD'}", file=sys.stderr, flush=True)
        rows.append(row)
    return rows


def figures(rows: Sequence[Row]) -> dict[str, Any]:
    """The worst over all cases with a healthy provider, and each case's own."""
    healthy = [row for row in rows if row.wanted_by_provider]
    return {
        "cases": len(rows),
        "messages": sum(row.messages for row in rows),
        "held": sum(row.held for row in rows),
        "answered": min(row.answered for row in rows),
        "by_provider_where_healthy": min((row.by_provider for row in healthy), default=1.0),
        "first_token_p99_s_where_healthy": round(max((row.first_token_p99 for row in healthy), default=0.0), 3),
        "by_case": {
            row.name: {
                "answered": row.answered,
                "by_provider": row.by_provider,
                "first_token_p99_s": round(row.first_token_p99, 3),
            }
            for row in rows
        },
    }


def main() -> int:
    """Run the cases, print the table and one JSON line, write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.routing.faults", description=__doc__)
    parser.add_argument("--short", action="store_true", help="fewer messages, shorter time limits; writes no page")
    parser.add_argument("--case", action="append", help="only this case; may be given several times")
    parser.add_argument("--client", choices=["http", "litellm"], default="http")
    options = parser.parse_args()
    if options.short:
        load = Load(40, 40, 8.0, SHORT_LIMITS, options.client)
    else:
        load = Load(300, 60, Settings().deadline_seconds, LIMITS, options.client)
    known = cases(load.limits)
    chosen = [case for case in known if not options.case or case.name in options.case]
    if not chosen:
        parser.error(f"no such case; there are: {', '.join(case.name for case in known)}")
    with tempfile.TemporaryDirectory(prefix="masterx-faults-routing-") as folder:
        test_provider = ProviderProcess(Path(folder))
        test_provider.start()
        try:
            rows = run(chosen, test_provider, load)
        finally:
            test_provider.stop()
    print(table(rows))
    whole = not (options.short or options.case or options.client != "http")
    if whole:
        REPORT.write_text(markdown(rows, load))
    history.record("faults-routing" if whole else "faults-routing-part", figures(rows))
    return 0 if all(row.held for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
