"""What the analytics stage's logic alone takes: records in, windows stored and aggregates made, no broker."""

import time

from agents.analytics.windows import PartitionWindows
from benchmarks.analytics.attempts import attempts
from benchmarks.analytics.school import PARTITIONS
from config.windows import load
from schemas.topics import ATTEMPTS

# As the stage takes them in: see agents/analytics/agent.py.
BATCH = 2000
EVENTS = 60_000
LEARNERS = 2_000


def events_per_second() -> float:
    """Attempts a second of CPU, all windows of config/windows.yaml included."""
    rules = load()
    records = [
        (number % LEARNERS % PARTITIONS, number, recorded.event)
        for number, recorded in enumerate(attempts(EVENTS, LEARNERS))
    ]
    stored: dict[tuple[int, bytes], bytes] = {}
    began = time.process_time()
    for start in range(0, EVENTS, BATCH):
        batch = records[start : start + BATCH]
        now = batch[-1][2]["sent_at"]
        opened: dict[int, PartitionWindows] = {}
        for partition, offset, event in batch:
            view = opened.get(partition)
            if view is None:
                view = opened[partition] = PartitionWindows(
                    partition,
                    lambda key, partition=partition: stored.get((partition, key)),  # type: ignore[misc]
                    rules,
                    now,
                    0,
                )
            view.observe(ATTEMPTS.event, ATTEMPTS.name, offset, event["sent_at"], event)
        for partition, view in opened.items():
            for key, value in view.take().entries.items():
                if value is None:
                    stored.pop((partition, key), None)
                else:
                    stored[partition, key] = value
    return EVENTS / (time.process_time() - began)
