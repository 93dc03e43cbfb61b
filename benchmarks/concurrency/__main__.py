"""`python -m benchmarks.concurrency`: four runs on Apache Kafka, one line of figures."""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import history
from benchmarks.load import messages
from cli.replay.pace import Speed
from cli.replay.recorded import Recorded
from cli.replay.send import send
from cli.stack import settings_for
from cli.verify import percentile
from local.stack import Stack
from pipeline import admin

WAIT_MS = 2000
MANY = 30_000
# The demonstration published with Confluent's Parallel Consumer: 10,000 messages of 0 to 5 ms on one partition, 2.06 s
# with 1,000 keys against 22.2 s in sequence.
PUBLISHED_COUNT, PUBLISHED_KEYS, PUBLISHED_MOST_MS = 10_000, 1_000, 5.0
STEADY_RATE, STEADY_COUNT, STEADY_LEARNERS = 200.0, 3000, 300
STUCK_MS = 12_000
PATIENCE_SECONDS = 300


def say(line: str) -> None:
    """Progress, on standard error."""
    print(line, file=sys.stderr, flush=True)


def waiting(count: int, learners: int, milliseconds: Sequence[float]) -> list[Recorded]:
    """Messages whose work is to wait: the text says how long."""
    events = messages(count, learners, run=f"wait-{time.time_ns()}")
    return [
        replace(recorded, event={**recorded.event, "text": f"{ms:.3f}"})
        for recorded, ms in zip(events, milliseconds, strict=True)
    ]


def run(
    stack: Stack,
    directory: Path,
    way: str,
    events: Sequence[Recorded],
    *,
    rate: float | None = None,
    partitions: int = 8,
    ahead: bool = True,
) -> dict[str, Any]:
    """What one worker makes of `events`, sent before it starts, or (`ahead` false) while it runs."""
    name = f"run{len(list(directory.iterdir()))}"
    out = directory / f"{name}.json"
    # A prefix of its own would need topics of its own; instead each run has a broker directory of its own.
    variables = {
        **stack.environment(),
        "MASTERX_PARTITIONS": str(partitions),
        "MASTERX_DATA_DIR": str(directory / name),
        "MASTERX_CONCURRENCY": "6000",
        "MASTERX_REPLY_CACHE_HOURS": "0",
        "MASTERX_PARTITION_SPAN": "50000",
    }
    settings = settings_for(variables)
    admin.create(settings)
    if ahead:
        send(settings, events, Speed(), {})
    command = [sys.executable, "-m", "benchmarks.concurrency.sleeper", way]
    command += ["--count", str(len(events)), "--out", str(out)]
    log = directory / f"{name}.log"
    with log.open("w") as errors:
        worker = subprocess.Popen(command, env={**os.environ, **variables}, stderr=errors)
    try:
        if not ahead:
            time.sleep(5)
            send(settings, events, Speed(rate=rate), {})
        worker.wait(timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        last = "\n".join(log.read_text().splitlines()[-10:])
        raise SystemExit(f"the {way} worker was not done after {PATIENCE_SECONDS} s; it said last:\n{last}") from None
    finally:
        worker.kill()
        worker.wait()
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def fresh(way: str, events: Sequence[Recorded], **options: Any) -> dict[str, Any]:
    """One run on a broker of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="masterx-concurrency-") as directory,
        Stack(Path(directory) / "stack", broker="kafka", clickhouse=False, redis=False, provider=False) as stack,
    ):
        runs = Path(directory) / "runs"
        runs.mkdir()
        return run(stack, runs, way, events, **options)


def bystanders_p99(found: dict[str, Any], stuck: str) -> float:
    """The p99 of what the other learners' messages waited beyond their own work, seconds."""
    return percentile([wait for learner, wait in found["waits"] if learner != stuck], 0.99) or 0.0


def main() -> None:
    """See the module."""
    say(f"{MANY} messages whose work waits {WAIT_MS} ms")
    held = fresh("keyed", waiting(MANY, MANY, [WAIT_MS] * MANY))
    rate = MANY / held["seconds"]

    draw = random.Random(1)
    published = [draw.uniform(0, PUBLISHED_MOST_MS) for _ in range(PUBLISHED_COUNT)]
    say(f"{PUBLISHED_COUNT} messages of 0 to 5 ms on one partition: keyed, then one by one")
    quick = fresh("keyed", waiting(PUBLISHED_COUNT, PUBLISHED_KEYS, published), partitions=1)
    slow = fresh("sequential", waiting(PUBLISHED_COUNT, PUBLISHED_KEYS, published), partitions=1)

    say("bystanders of a stuck learner")
    even = [200.0] * STEADY_COUNT
    with_stuck = [STUCK_MS if n % STEADY_LEARNERS == 7 and n < STEADY_LEARNERS else 200.0 for n in range(STEADY_COUNT)]
    stuck = messages(8, STEADY_LEARNERS)[7].event["learner_id"]
    ratios = []
    for _ in range(3):
        calm = fresh("keyed", waiting(STEADY_COUNT, STEADY_LEARNERS, even), rate=STEADY_RATE, ahead=False)
        held_up = fresh("keyed", waiting(STEADY_COUNT, STEADY_LEARNERS, with_stuck), rate=STEADY_RATE, ahead=False)
        ratios.append((0.2 + bystanders_p99(held_up, stuck)) / (0.2 + bystanders_p99(calm, stuck)))
    history.record(
        "concurrency",
        {
            "in_flight": held["in_flight"],
            "messages_per_s": round(rate),
            "ratio_to_limit": round(rate / (held["in_flight"] / (WAIT_MS / 1000)), 3),
            "ratio_to_sequential": round(slow["seconds"] / quick["seconds"], 2),
            "bystander_p99_ratio": round(sorted(ratios)[1], 3),
            "bystander_p99_ratios": [round(ratio, 3) for ratio in ratios],
            "parallel_consumer_work_s": round(quick["seconds"], 2),
            "sequential_work_s": round(slow["seconds"], 2),
            "mean_in_flight": round(held["mean_in_flight"]),
        },
    )


if __name__ == "__main__":
    main()
