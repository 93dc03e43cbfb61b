"""Faults found, minutes to find them, false alarms, and whether the right cause is named.

    python -m benchmarks.anomalies [--data ../shared/data] [--days 6]

Each day after the first has four seeded faults of 90 minutes: a provider is 2.5 times as slow, a quarter of one
tenant's calls fails, a quarter of one provider's calls fails, half of a concept's practice (its most used items) is
graded wrong whatever was answered. As many days follow without any, for the false alarms. Counting, windows and
detection are the pipeline's own code; a window is closed when its grace is over, and an alert is found then.
"""

import argparse
import random
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from agents.analytics.anomalies.detector import Detector
from agents.analytics.anomalies.items import ItemWatch
from agents.analytics.anomalies.shares import WATCHED
from agents.analytics.measures import measures
from agents.analytics.window import Window, WindowId
from benchmarks.anomalies.days import DAY, PROVIDERS, START, TENANTS, Fault, Traffic
from benchmarks.history import record
from cli.replay.recorded import ReadError
from config.windows import load
from schemas.codec import Event

A_DAY = 30_000
LASTING = 90 * 60.0
SEED = 17
MINUTE = 60_000_000
METRICS = {"slow": ("latency",), "errors": ("errors",), "item": ("wrong_answers", "wrong_on_item")}


def faults_of(traffic: Traffic, number: int) -> list[Fault]:
    """Four faults of day `number`, one after another, in the busy two thirds of the day."""
    rng = random.Random(f"{SEED}/{number}")
    concept, items = rng.choice(traffic.concepts()[:12])
    kinds = [
        ("slow", "provider", rng.choice(list(PROVIDERS)), frozenset[str]()),
        ("errors", "tenant", rng.choice(TENANTS), frozenset[str]()),
        ("errors", "provider", rng.choice(list(PROVIDERS)), frozenset[str]()),
        ("item", "concept", concept, items),
    ]
    rng.shuffle(kinds)
    faults = []
    for place, (kind, dimension, value, broken) in enumerate(kinds):
        began = START + number * DAY + (5 + 4 * place + rng.random()) * 3600.0
        faults.append(Fault(kind, dimension, value, began, began + LASTING, broken))
    return faults


class Replayed:
    """Traffic through counting, windows and detector."""

    def __init__(self) -> None:
        self.detector = Detector()
        self.items = ItemWatch()
        self.alerts: list[tuple[float, Event]] = []
        self._open: dict[int, dict[WindowId, Window]] = {}
        self._grace = load().grace_seconds
        self._offset = 0

    def observe(self, name: str, event: Event) -> None:
        at = event["sent_at"]
        for start in sorted(one for one in self._open if one + MINUTE + self._grace * 1e6 <= at):
            self._close(start, at / 1e6)
        start = at // MINUTE * MINUTE
        windows = self._open.setdefault(start, {})
        for measure in measures(name, event):
            if measure.kind in WATCHED:
                which = WindowId(event["tenant_id"], measure.kind, measure.dimension, 60, start)
                window = windows.get(which)
                if window is None:
                    window = windows[which] = Window(which)
                window.add("replayed", self._offset, measure)

    def _close(self, start: int, now: float) -> None:
        for window in self._open.pop(start).values():
            self._offset += 1
            said = window.aggregate(0, final=True)
            for alert in self.detector.observe(said, self._offset) + self.items.observe(said, self._offset):
                self.alerts.append((now, alert))


def evaluate(data: Path, days: int) -> dict[str, Any]:
    """The figures over one day of learning, `days` with faults and as many without."""
    traffic = Traffic(data, A_DAY, SEED)
    replayed = Replayed()
    faults = [fault for number in range(1, days + 1) for fault in faults_of(traffic, number)]
    for number in range(2 * days + 1):
        print(f"day {number + 1} of {2 * days + 1}", file=sys.stderr, flush=True)
        today = [fault for fault in faults if START + number * DAY <= fault.began < START + (number + 1) * DAY]
        for name, event in traffic.day(number, today):
            replayed.observe(name, event)
    return judge(faults, replayed, days)


def judge(faults: list[Fault], replayed: Replayed, days: int) -> dict[str, Any]:
    """Which alerts belong to which faults."""
    raised = [(at, alert) for at, alert in replayed.alerts if alert["state"] == "raised"]
    used: set[int] = set()
    rows: list[tuple[Fault, float | None, bool]] = []
    for fault in faults:
        mine = [
            place
            for place, (at, alert) in enumerate(raised)
            if place not in used and fault.began <= at <= fault.ended + 600.0 and alert["metric"] in METRICS[fault.kind]
        ]
        # A fault of several items is several alerts, each of which names one of them.
        mine = [place for place in mine if _names(fault, raised[place][1])] or mine[:1]
        used.update(mine)
        if mine:
            at, alert = raised[mine[0]]
            rows.append((fault, (at - fault.began) / 60.0, _names(fault, alert)))
        else:
            rows.append((fault, None, False))
    found = [row for row in rows if row[1] is not None]
    false = [one for place, one in enumerate(raised) if place not in used]
    for fault, minutes, named in rows:
        took = "not found" if minutes is None else f"found after {minutes:.0f} min"
        cause = "" if minutes is None else ", cause right" if named else ", cause WRONG"
        print(f"{fault.kind:<7}{fault.dimension:<9}{fault.value:<12}{took}{cause}", file=sys.stderr)
    for at, alert in false:
        print(f"false: day {(at - START) / DAY:.2f} {alert['text']}", file=sys.stderr)
    by_kind = {}
    for kind in METRICS:
        of_kind = [row for row in rows if row[0].kind == kind]
        by_kind[kind] = round(sum(row[1] is not None for row in of_kind) / len(of_kind), 4)
    waits = [row[1] for row in found if row[1] is not None]
    quiet = [one for one in false if one[0] >= START + (days + 1) * DAY]
    return {
        "faults": len(rows),
        "found": round(len(found) / len(rows), 4),
        "found_by_kind": by_kind,
        "minutes_to_find": round(statistics.median(waits), 1) if waits else None,
        "minutes_to_find_p90": round(sorted(waits)[int(0.9 * (len(waits) - 1))], 1) if waits else None,
        "right_cause": round(sum(row[2] for row in found) / max(len(found), 1), 4),
        "false_alarms_per_day": round(len(false) / (2 * days), 3),
        "false_alarms_per_quiet_day": round(len(quiet) / days, 3),
        "events_a_day": round(A_DAY * 1.6),
        "state_bytes": len(replayed.detector.dumps()) + len(replayed.items.dumps()),
        "series": len(replayed.detector.charts) + len(replayed.items.items),
    }


def _names(fault: Fault, alert: Event) -> bool:
    """Whether the alert's cause is the fault's: its dimension and value alone, or one of the items that are broken."""
    if alert["dimension"] == "item":
        return fault.items.issuperset(alert["cause"])
    return bool(alert["dimension"] == fault.dimension and alert["cause"] == [fault.value])


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.anomalies", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--days", type=int, default=6, help="days with faults; as many follow without")
    asked = parser.parse_args()
    began = time.process_time()
    try:
        figures = evaluate(asked.data, asked.days)
    except (ReadError, OSError) as error:
        print(f"cannot evaluate: {error}", file=sys.stderr)
        return 2
    record("anomalies", figures | {"cpu_s": round(time.process_time() - began, 1)})
    return 0


if __name__ == "__main__":
    sys.exit(main())
