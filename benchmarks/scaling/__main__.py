"""`python -m benchmarks.scaling --data FOLDER`: the chart's rule for `core` on recorded load, scaled up.

Three times: as the chart has it, with the busiest minute at what `max` workers carry; with the peak of a million
learners and 16 workers at most; and that on a made load, the same every school day. Each under lag alone, the forecast
alone, both, and `max` workers all the time. Only the second half is counted: in the first the forecast learns, and the
chart's figures were chosen on it.
"""

import argparse
import sys
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Any

from benchmarks import history
from benchmarks.scaling import cluster, load, picture
from benchmarks.scaling.autoscaler import SYNC_SECONDS, Autoscaler
from benchmarks.scaling.rule import Rule, read
from cli.capacity.measured import rows
from cli.capacity.model import Assumed

APP = "core"
LEARN_MINUTES = 7 * 24 * 60
MILLION_PER_S, MILLION_WORKERS = 694.0, 16
"""Of docs/scale.md: a million learners' peak, and twice the workers that it needs."""
MADE_WEEKS = 4
SHOWN_MINUTES = 4 * 24 * 60
RULES = {"lag": (True, False), "forecast": (False, True), "both": (True, True)}


def decider(rule: Rule, forecasts: list[float | None], on_lag: bool, on_forecast: bool) -> cluster.Decide:
    """The rule with one or both of its metrics. KEDA looks every `polling_seconds`; what it saw holds until then."""
    scaler = Autoscaler(rule.up, rule.down, rule.least, rule.most)
    seen: list[tuple[float, float]] = []
    looked = float("-inf")

    def decide(now: float, pods: int, lag: float) -> int:
        nonlocal seen, looked
        if now - looked >= rule.polling_seconds:
            looked, seen = now, []
            if on_lag:
                # No more than a topic has partitions is far above `most` here.
                seen.append((lag, rule.lag_threshold))
            forecast = forecasts[int(now) // 60]
            if on_forecast and forecast is not None:
                seen.append((forecast, rule.rate_threshold))
        return scaler.decide(now, pods, seen) if seen else pods

    return decide


def oracle(minutes: list[float], per_worker: float, rule: Rule) -> list[int]:
    """The fewest workers that keep up in each minute, were they there at once and without a rebalance."""
    return [min(max(ceil(total / 60.0 / per_worker), rule.least), rule.most) for total in minutes]


def compare(counts: list[float], rule: Rule, busiest: float, per_worker: float) -> tuple[dict[str, Any], Any]:
    """Figures by rule, and what the picture is of."""
    minutes = load.scaled(counts, busiest)
    forecasts = load.forecasts(minutes, rule.bound)
    best = oracle(minutes, per_worker, rule)
    first = counted_from(len(minutes))
    of_best = sum(best[first:]) / 60.0
    deciders = {name: decider(rule, forecasts, *which) for name, which in RULES.items()}
    deciders["fixed"] = lambda _now, _pods, _lag: rule.most
    figures: dict[str, Any] = {"busiest_per_s": round(busiest, 1), "workers": [rule.least, rule.most]}
    courses = {}
    for name, decide in deciders.items():
        course = courses[name] = cluster.run(
            minutes, per_worker, rule.least, rule.deadline_seconds, decide, SYNC_SECONDS, first
        )
        figures[name] = {
            "late_minutes": round(sum(course.late[first:]) / len(course.late[first:]), 5),
            "late_records": round(course.late_records / max(course.records, 1.0), 5),
            "replica_hours_of_oracle": round(course.replica_hours(first) / of_best, 3),
            "scalings": course.scalings,
        }
    return figures, (minutes, {**{name: courses[name].pods for name in RULES}, "oracle": best})


def counted_from(length: int) -> int:
    """The minute from which on figures are taken: half of what is left after a week."""
    return LEARN_MINUTES + (length - LEARN_MINUTES) // 2 if length > 2 * LEARN_MINUTES else length // 2


def busiest_days(minutes: list[float], length: int) -> int:
    """Where the `length` minutes with the most records begin, at a whole day."""
    starts = range(0, max(len(minutes) - length, 1), 1440)
    return max(starts, key=lambda start: sum(minutes[start : start + length]))


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with statistics_cloze, or its events.csv.gz")
    parser.add_argument("--rate", type=float, help="records a second of the busiest minute, in place of a million's")
    parser.add_argument("--workers", type=int, default=MILLION_WORKERS, help="at most, with that rate")
    parser.add_argument("--picture", type=Path, help="where the SVG goes")
    options = parser.parse_args()
    rule = read(APP)
    # The heaviest worker is full first: counted partitions, real learners.
    balance = float(next(rows("balance"))["counted_real"])
    per_worker = rule.rate_threshold / Assumed().utilisation * balance
    counts = load.recorded(options.data)
    of_chart, _ = compare(counts, rule, rule.most * rule.rate_threshold, per_worker)
    large = replace(rule, most=options.workers)
    of_large, (minutes, pods) = compare(counts, large, options.rate or MILLION_PER_S, per_worker)
    of_made, _ = compare(load.made(MADE_WEEKS), large, options.rate or MILLION_PER_S, per_worker)
    for name, figures in (("chart", of_chart), ("large", of_large), ("made", of_made)):
        print(name, f"busiest minute {figures['busiest_per_s']}/s, workers {figures['workers']}", file=sys.stderr)
        for one in (*RULES, "fixed"):
            print(f"  {one:9}", figures[one], file=sys.stderr)
    if options.picture is not None:
        start = busiest_days(minutes, SHOWN_MINUTES)
        shown = slice(start, start + SHOWN_MINUTES)
        title = (
            f"Workers of {APP}, at most {large.most}, on recorded load scaled up to {of_large['busiest_per_s']:.0f}/s"
        )
        options.picture.write_text(
            picture.draw(
                [one / 60.0 for one in minutes[shown]], {name: one[shown] for name, one in pods.items()}, title
            )
        )
    history.record(
        "scaling",
        {
            "chart": of_chart,
            "large": of_large,
            "made": of_made,
            "per_worker_per_s": round(per_worker, 1),
            "start_s": cluster.START_SECONDS,
            "rebalance_s": cluster.REBALANCE_SECONDS,
        },
    )


if __name__ == "__main__":
    main()
