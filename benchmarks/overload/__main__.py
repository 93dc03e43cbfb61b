"""`python -m benchmarks.overload [--minutes 5]`: ten times what the provider answers, memory by the second."""

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

from benchmarks import history
from benchmarks.faults.rig import Rig
from benchmarks.load import messages
from cli.replay.pace import Speed
from cli.replay.send import send

CALLS_AT_ONCE = 20
SECONDS_A_CALL = 2.0
TIMES = 10
LEARNERS = 1000
LOOK_EVERY_SECONDS = 1.0
# What comes at a steady rate until the last second is not all acknowledged then.
LEAST_SHARE = 0.95


def say(line: str) -> None:
    """Progress, on standard error."""
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """Exit code 1 where less came than was to come: that memory stays bounded would say nothing then."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overload", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    options = parser.parse_args()
    seconds = options.minutes * 60
    capacity = CALLS_AT_ONCE / SECONDS_A_CALL
    rate = capacity * TIMES
    # A deadline far away: messages that have passed it cost no call, and the backlog would not grow.
    extra = {"MASTERX_CONCURRENCY": str(CALLS_AT_ONCE), "MASTERX_DEADLINE_SECONDS": "3600"}
    memory: dict[str, list[float]] = {}
    taken: dict[tuple[str, int, int], str] = {}
    with tempfile.TemporaryDirectory(prefix="masterx-overload-") as directory, Rig(Path(directory)) as rig:
        rig.remove(rig.the("routing"))
        rig.add("routing", **extra)
        rig.stack.provider.control({"mode": "slow", "delay": SECONDS_A_CALL})
        events = messages(round(rate * seconds), LEARNERS, run=f"overload-{time.time_ns()}", tenant="overload")
        threading.Thread(target=send, args=(rig.settings, events, Speed(rate=rate), taken), daemon=True).start()
        began = said = time.monotonic()
        while (now := time.monotonic()) - began < seconds:
            for app, workers in rig.workers.items():
                memory.setdefault(app, []).append(workers[0].rss_bytes() / 2**20)
            if now - said > 20:
                said = now
                say(
                    f"{now - began:.0f} s: " + ", ".join(f"{app} {values[-1]:.0f} MB" for app, values in memory.items())
                )
            time.sleep(LOOK_EVERY_SECONDS)
        calls = rig.stack.provider.stats(by_message=False)["calls"]
        sent = len(taken)
    history.record("overload", figures(memory, sent, calls, seconds))
    if sent < LEAST_SHARE * len(events):
        say(f"the broker took {sent} of {len(events)} messages: no overload of {TIMES} times")
        return 1
    return 0


def figures(memory: dict[str, list[float]], sent: int, calls: int, seconds: float) -> dict[str, object]:
    """The figures by name. `sent` is what the broker took; growth is the median of the last fifth of the time over that
    of the fifth in the middle."""
    found: dict[str, object] = {"sent": sent, "provider_calls": calls, "seconds": round(seconds)}
    for app, values in memory.items():
        fifth = max(len(values) // 5, 1)
        middle = values[len(values) // 2 - fifth // 2 :][:fifth]
        found[f"{app}_mb_peak"] = round(max(values))
        found[f"{app}_growth"] = round(median(values[-fifth:]) / median(middle), 3)
    return found


if __name__ == "__main__":
    sys.exit(main())
