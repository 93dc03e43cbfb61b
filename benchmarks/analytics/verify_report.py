"""`python -m benchmarks.analytics.verify_report --data PATH`: the class report against the file that it came from.

The recorded answers go through the whole pipeline on a local stack; then every number of `masterx report class --json`
is counted again from the file. Exit code 1 unless all are equal. The last line is JSON.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks import history
from benchmarks.analytics import recount
from cli import stack as local
from cli.clickhouse import connected
from cli.replay.drive import Drive
from cli.replay.pace import Speed
from cli.replay.readers import READERS
from cli.replay.recorded import locate
from cli.report import classes
from cli.workers import Workers
from config.settings import Settings
from pipeline import admin
from sinks.migrate import migrate

FORMAT = "statistics-cloze"
SHOWN = 20


def say(line: str) -> None:
    """Progress, on standard error."""
    print(line, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.analytics.verify_report", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the statistics_cloze file, or a folder that holds it")
    options = parser.parse_args(arguments)
    reading = READERS[FORMAT](options.data)
    with ExitStack() as cleanup:
        directory = Path(
            cleanup.enter_context(tempfile.TemporaryDirectory(prefix="masterx-", ignore_cleanup_errors=True))
        )
        settings = _started(directory, cleanup)
        say(f"{len(reading.events)} attempts through the pipeline")
        began = time.monotonic()
        verdict = Drive(settings, reading.events, Speed(rate=None), patience=120, in_flight=0, progress=say).run()
        seconds = time.monotonic() - began
        if not verdict.good:
            say(f"the replay itself is bad: {verdict.figures()}")
        with connected(settings) as client:
            report = classes.numbers(client, FORMAT, "", say)
    found = compare(json.loads(json.dumps(report)), locate(options.data, "statistics_cloze", "events.csv"))
    history.record("verify-report", {**found, "seconds": round(seconds, 1)})
    return 0 if verdict.good and not found["unequal"] else 1


def compare(report: recount.Row, path: Path) -> dict[str, int]:
    """The figures; says what is unequal."""
    counted = recount.numbers(path)
    unequal = recount.differences(report, counted)
    for place, (said, there) in list(unequal.items())[:SHOWN]:
        say(f"{place}: the report says {said!r}, the file {there!r}")
    return {
        "numbers_checked": len(list(recount.leaves(counted))),
        "unequal": len(unequal),
        "attempts": counted["totals"]["attempts"],
    }


def _started(directory: Path, cleanup: ExitStack) -> Settings:
    stack = local.make(directory / "stack", "auto")
    cleanup.enter_context(stack)
    variables = local.environment(stack, test_provider=True)
    settings = local.settings_for(variables)
    admin.create(settings)
    with connected(settings, database=False) as client:
        migrate(client, settings)
    cleanup.enter_context(Workers(directory / "workers", variables))
    return settings


if __name__ == "__main__":
    sys.exit(main())
