"""`python -m benchmarks.capacity.footprint`: bytes that a message takes in topics and in ClickHouse, and memory.

These don't depend on how busy the machine is. The topics' bytes are as producers wrote them: one copy.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import history
from benchmarks.capacity.room import per_message, resident_mb, taken
from benchmarks.faults.rig import Rig
from benchmarks.load import messages
from benchmarks.whole_way.traffic import flow

WARM, MESSAGES, LEARNERS = 100, 1500, 100
MOST_WAITING = 200
# Until the last rows are written.
SETTLED_SECONDS = 4


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capacity.footprint", description=__doc__)
    parser.add_argument("--messages", type=int, default=MESSAGES)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="masterx-footprint-") as directory, Rig(Path(directory)) as rig:
        pids = {app: rig.the(app).pid for app in rig.workers} | {
            "broker": rig.stack.kafka.pid,
            "clickhouse": rig.stack.clickhouse.pid,
        }
        flow(rig.settings, messages(WARM, LEARNERS, tenant="warm"), None, waiting=MOST_WAITING)
        time.sleep(SETTLED_SECONDS)
        before = taken(rig)
        sent = messages(options.messages, LEARNERS, tenant="footprint")
        passed = flow(rig.settings, sent, None, waiting=MOST_WAITING)
        time.sleep(SETTLED_SECONDS)
        if len(passed.responses) < options.messages:
            sys.exit(f"only {len(passed.responses)} of {options.messages} messages were answered")
        history.record(
            "footprint",
            {
                **per_message(before, taken(rig), options.messages),
                "memory_mb": resident_mb(pids),
                "messages": options.messages,
                "turns_per_learner": options.messages // LEARNERS,
            },
        )


if __name__ == "__main__":
    main()
