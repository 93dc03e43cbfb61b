"""`python -m benchmarks.whole_way`: starts everything, measures, prints one line of figures."""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import history
from benchmarks.faults.rig import Rig
from benchmarks.load import messages
from benchmarks.whole_way import cpu
from benchmarks.whole_way.traffic import Passed, flow

WARM, STEADY, FULL = 300, 1500, 2000
LEARNERS = 200
STEADY_RATE = 100.0
EASY, EASY_RATE = 400, 20.0
MOST_WAITING = 1500


def say(line: str) -> None:
    """Progress, on standard error."""
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """Exit code 1 where a message had no answer, or a row was not seen: such a one is in no percentile."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.whole_way", description=__doc__)
    parser.add_argument("--client", choices=("http", "litellm"), default="http", help="how the provider is called")
    options = parser.parse_args()
    extra = {"MASTERX_LOCAL_PROVIDER_CLIENT": options.client, "MASTERX_CONCURRENCY": "3000"}
    with tempfile.TemporaryDirectory(prefix="masterx-bench-") as directory, Rig(Path(directory), extra) as rig:
        pids = {app: rig.the(app).pid for app in rig.workers} | {
            "broker": rig.stack.kafka.pid,
            "clickhouse": rig.stack.clickhouse.pid,
        }
        load = {"sender and receiver": os.getpid(), "provider": rig.stack.provider.pid}
        say("warming up")
        flow(rig.settings, messages(WARM, LEARNERS, tenant="warm"), None, waiting=200)
        say(f"{EASY} messages at {EASY_RATE:.0f} a second")
        easy = flow(rig.settings, messages(EASY, LEARNERS, tenant="easy"), EASY_RATE, waiting=EASY, watch_rows=True)
        say(f"{STEADY} messages at {STEADY_RATE:.0f} a second")
        before = cpu.used(pids)
        steady = flow(rig.settings, messages(STEADY, LEARNERS, tenant="steady"), STEADY_RATE, waiting=STEADY)
        steady_cpu = cpu.per_message(before, cpu.used(pids), STEADY)
        say(f"{FULL} messages as fast as they are answered")
        time.sleep(2)
        before, load_before = cpu.used(pids), cpu.used(load)
        full = flow(rig.settings, messages(FULL, LEARNERS * 5, tenant="full"), None, waiting=MOST_WAITING)
        full_cpu = cpu.per_message(before, cpu.used(pids), FULL)
        # What the measuring itself takes of the same processors.
        load_cpu = round(sum(cpu.per_message(load_before, cpu.used(load), FULL).values()), 3)
        logic = asyncio.run(cpu.logic(rig.settings, steady.sent, steady.responses))
        found = figures(easy, steady, full, steady_cpu, full_cpu, logic, options.client)
    gone = missing(easy, steady, full)
    for line in gone:
        say(line)
    history.record("whole-way", {**found, "load_cpu_ms_per_message": load_cpu})
    return 1 if gone else 0


def missing(easy: Passed, steady: Passed, full: Passed) -> list[str]:
    """A line for each flow of which not everything that was sent was measured; only of `easy` are rows watched."""
    found = []
    for name, passed in (("easy", easy), ("steady", steady), ("full", full)):
        sent, answered = len(passed.sent), len(passed.responses)
        if answered < sent:
            found.append(f"{name}: {sent - answered} of {sent} messages had no answer")
    if len(easy.visible) < len(easy.responses):
        found.append(f"easy: {len(easy.responses) - len(easy.visible)} of {len(easy.responses)} rows were not seen")
    return found


def figures(
    easy: Passed,
    steady: Passed,
    full: Passed,
    steady_cpu: dict[str, float],
    full_cpu: dict[str, float],
    logic: dict[str, float],
    client: str,
) -> dict[str, object]:
    """The figures by name. CPU is that of the full run, milliseconds a message."""
    core = full_cpu.pop("core")
    delivery = round(core - sum(logic.values()), 3)
    return {
        "p50_ms": steady.percentile(0.5),
        "p99_ms": steady.percentile(0.99),
        "messages_per_s": round(full.rate),
        "cpu_ms_per_message": {
            "core": {**logic, "analytics_and_delivery": delivery, "total": core},
            **full_cpu,
            "total": round(core + sum(full_cpu.values()), 3),
        },
        "cpu_ms_per_message_at_100_per_s": round(sum(steady_cpu.values()), 3),
        f"p50_ms_at_{EASY_RATE:.0f}_per_s": easy.percentile(0.5),
        f"p99_ms_at_{EASY_RATE:.0f}_per_s": easy.percentile(0.99),
        "visible_p99_ms": easy.visible_percentile(0.99),
        "answered_by_provider": easy.by_provider + steady.by_provider + full.by_provider,
        "sent": len(easy.sent) + len(steady.sent) + len(full.sent),
        "rows_seen": len(easy.visible),
        "provider_client": client,
        "broker": "kafka",
    }


if __name__ == "__main__":
    sys.exit(main())
