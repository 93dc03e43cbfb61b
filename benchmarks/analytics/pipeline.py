"""Rows a second through the whole pipeline: attempts to Kafka, rows of everything that follows in ClickHouse."""

import time
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

from benchmarks.analytics.attempts import attempts
from benchmarks.faults.rig import Rig
from cli.clickhouse import connected
from cli.replay.pace import Speed
from cli.replay.send import send

LEARNERS = 400
WARM = 400
PATIENCE_SECONDS = 120.0
THERE = """
SELECT (SELECT count() FROM raw_attempts WHERE tenant_id = {tenant:String}),
       (SELECT uniqExact(caused_by) FROM raw_profiles WHERE tenant_id = {tenant:String}),
       (SELECT count() FROM raw_learning_events WHERE tenant_id = {tenant:String} AND kind = 'attempt_predicted')
"""
ALL = """
SELECT count()
FROM merge(currentDatabase(), '^raw_(attempts|profiles|learning_events|interventions|rewards|aggregates)$')
WHERE tenant_id = {tenant:String}
"""


@dataclass(frozen=True, slots=True)
class Carried:
    """What came of the attempts: rows of all topics, and the seconds from the first send to the last row."""

    attempts: int
    rows: int
    seconds: float

    @property
    def rows_per_second(self) -> float:
        """Of all rows."""
        return self.rows / self.seconds


def carry(rig: Rig, count: int) -> Carried:
    """Send `count` attempts as fast as the broker takes them and wait for what follows from each.

    Raises `TimeoutError` when rows stop coming before all are there.
    """
    with connected(rig.settings) as client:
        _through(rig, client, WARM, "warm")
        began = time.monotonic()
        _through(rig, client, count, "bench")
        seconds = time.monotonic() - began
        (rows,) = client.query(ALL, parameters={"tenant": "bench"}).first_row
    return Carried(count, rows, seconds)


def _through(rig: Rig, client: Client, count: int, tenant: str) -> None:
    send(rig.settings, list(attempts(count, LEARNERS, tenant=tenant)), Speed(rate=None), {})
    before: tuple[int, ...] = ()
    moved = time.monotonic()
    while True:
        there = tuple(client.query(THERE, parameters={"tenant": tenant}).first_row)
        if min(there) >= count:
            return
        if there != before:
            before, moved = there, time.monotonic()
        if time.monotonic() - moved > PATIENCE_SECONDS:
            raise TimeoutError(f"of {count} attempts only {there} rows came: attempts, snapshots, predictions")
        time.sleep(0.1)
