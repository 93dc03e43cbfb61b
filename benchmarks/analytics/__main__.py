"""`python -m benchmarks.analytics [--rows N] [--attempts N]`: the figures, the last line as JSON.

Exit code 1 when a dashboard's answer is not what the events say.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from clickhouse_connect.driver.client import Client

from benchmarks import history
from benchmarks.analytics import aggregate, insert, pipeline, queries
from benchmarks.analytics.school import School
from benchmarks.faults.rig import Rig
from config.settings import Settings
from local.clickhouse import ClickHouse
from sinks.client import connect
from sinks.migrate import migrate

ROWS = 50_000_000
ATTEMPTS = 6_000
SIZE = """
SELECT sum(rows), sum(bytes_on_disk) FROM system.parts
WHERE active AND database = currentDatabase() AND table = 'raw_learning_events'
"""


def say(line: str) -> None:
    """Progress, on standard error."""
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.analytics", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="different learning events")
    parser.add_argument("--attempts", type=int, default=ATTEMPTS, help="through the whole pipeline")
    options = parser.parse_args()
    say("the analytics stage alone")
    events_per_second = aggregate.events_per_second()
    with tempfile.TemporaryDirectory(prefix="masterx-bench-") as directory:
        with Rig(Path(directory) / "pipeline") as rig:
            say(f"{options.attempts:,} attempts through the pipeline")
            carried = pipeline.carry(rig, options.attempts)
        service = ClickHouse(Path(directory) / "clickhouse")
        service.start()
        try:
            rows_per_second = inserted(service)
            timed, raw_rows, size = asked(service, options.rows)
        finally:
            service.stop()
    history.record(
        "analytics",
        {
            "insert_rows_per_s": round(rows_per_second),
            "pipeline_rows_per_s": round(carried.rows_per_second),
            "pipeline_attempts_per_s": round(carried.attempts / carried.seconds),
            "query_p95_ms": round(timed.p95, 1),
            "query_p95_ms_by_query": timed.by_query(),
            "raw_rows": raw_rows,
            "events": options.rows,
            "bytes_per_event": round(size / raw_rows, 1),
            "aggregate_events_per_s": round(events_per_second),
            "unequal": list(timed.unequal),
        },
    )
    return 1 if timed.unequal else 0


def inserted(service: ClickHouse) -> float:
    """The sink's rows a second, into a database of its own."""
    settings = Settings(_env_file=None, clickhouse_url=service.url, clickhouse_database="inserts")
    client = connect(settings)
    migrate(client, settings)
    say("rows from the sink's writer")
    found = asyncio.run(insert.rows_per_second(client, settings))
    client.command("DROP DATABASE inserts")
    client.close()
    return found


def asked(service: ClickHouse, rows: int) -> tuple[queries.Timed, int, int]:
    """The queries' times over `rows` events, the rows that are there, copies included, and their bytes on disk."""
    client = school(service, rows)
    raw_rows, size = client.query(SIZE).first_row
    say("dashboards' queries")
    timed = queries.timed(client, School(rows))
    for name in timed.unequal:
        say(f"{name}: not what the events say")
    client.close()
    return timed, raw_rows, size


def school(service: ClickHouse, rows: int) -> Client:
    """A client of a database with the school in it."""
    settings = Settings(_env_file=None, clickhouse_url=service.url)
    client = connect(settings, seconds=1800)
    migrate(client, settings)
    client.database = settings.clickhouse_database
    began = time.monotonic()
    for line in School(rows).fill(client):
        say(f"{line} ({time.monotonic() - began:.0f} s)")
    return client


if __name__ == "__main__":
    sys.exit(main())
