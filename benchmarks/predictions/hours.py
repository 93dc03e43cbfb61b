"""Load and cost of the next hour on the hours of `statistics_cloze`, forecast one after another.

Load is real: attempts an hour. Cost is simulated, since no shared set has it: each wrong answer asks one question of
a provider, whose cost is log-normal around a tenth of a cent, drawn from a fixed seed.
"""

import random
from math import exp, log
from pathlib import Path

import numpy as np

from agents.analytics.forecast import HourAhead
from benchmarks.predictions.scored import Cases
from cli.replay.readers import statistics_cloze

HOUR = 3_600_000_000
WARM_UP = 48
BUSY = 0.75
"""Share of the hours so far in which anything came that a busy one exceeds. Of all hours most are empty, nights above
all, so that nine tenths of them do not exceed 0."""
COST_SEED = 5


def hourly(folder: Path) -> tuple[list[float], list[float]]:
    """Attempts and (simulated) cost in US dollars, hour by hour without a gap."""
    rng = random.Random(COST_SEED)
    events = [one.event for one in statistics_cloze.read(folder).events]
    first = events[0]["sent_at"] // HOUR
    hours = events[-1]["sent_at"] // HOUR - first + 1
    load, cost = [0.0] * hours, [0.0] * hours
    for event in events:
        place = event["sent_at"] // HOUR - first
        load[place] += 1.0
        if not event["correct"]:
            cost[place] += exp(rng.gauss(log(0.001), 0.6))
    return load, cost


def score(totals: list[float], scale: float) -> tuple[Cases, float]:
    """Will the next hour be a busy one? And the share of hours within the interval that should hold 90 %.

    Cases are resampled by day: hours of one day are not independent.
    """
    series = HourAhead(scale)
    cases = Cases()
    within = 0
    for place, total in enumerate(totals):
        forecast, rule = series.forecast(), series.same_hour_yesterday()
        if place >= WARM_UP and forecast is not None and rule is not None:
            busy = float(np.quantile([one for one in totals[:place] if one > 0.0], BUSY))
            lasted = totals[place - 1]
            cases.add(float(total > busy), forecast.above(busy), rule, 3600.0, f"day {place // 24}", last_hour=lasted)
            cases.amounts.append((total, forecast.expected, rule))
            within += forecast.low <= total <= forecast.high
        series.add(total)
    return cases, within / max(len(cases.outcome), 1)
