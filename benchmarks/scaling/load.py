"""Recorded load, scaled up, and what would have been forecast of it at each minute."""

from itertools import accumulate
from math import pi, sin
from pathlib import Path

import numpy as np

from agents.analytics.forecast import HourAhead
from cli.replay.readers import statistics_cloze

MINUTE_MICROS = 60_000_000
HOUR_MINUTES = 60
SPREAD_MINUTES = 10.0
"""Each recorded learner stands for many, who don't do the same in the same second: their times' standard deviation."""


def recorded(folder: Path) -> list[float]:
    """Attempts by the minute, from the first to the last."""
    minutes = [one.event["sent_at"] // MINUTE_MICROS for one in statistics_cloze.read(folder).events]
    counts = [0.0] * (minutes[-1] - minutes[0] + 1)
    for minute in minutes:
        counts[minute - minutes[0]] += 1.0
    return counts


def made(weeks: int) -> list[float]:
    """Not recorded: five days a week learners come from 8 to 20 o'clock, most at 14; a tenth of that at other times."""
    found = []
    for minute in range(weeks * 7 * 1440):
        day, hour = minute // 1440, minute % 1440 / 60.0
        busy = day % 7 < 5 and 8.0 <= hour < 20.0
        found.append(1.0 + (9.0 * sin(pi * (hour - 8.0) / 12.0) if busy else 0.0))
    return found


def scaled(counts: list[float], busiest_per_second: float) -> list[float]:
    """So many learners more that the busiest minute has that rate: each learner's times spread by a normal curve."""
    reach = round(4 * SPREAD_MINUTES)
    curve = np.exp(-0.5 * (np.arange(-reach, reach + 1) / SPREAD_MINUTES) ** 2)
    spread = np.convolve(np.asarray(counts), curve, mode="full")[reach : reach + len(counts)]
    return [float(one) for one in spread * (busiest_per_second * 60.0 / spread.max())]


def forecasts(minutes: list[float], bound: str) -> list[float | None]:
    """Records a second of the 60 minutes after each minute's beginning, as `masterx forecast` would say then.

    A forecast is of the hours that end at its minute: sixty series, one for each minute of the hour.
    """
    sums = [0.0, *accumulate(minutes)]
    series = [HourAhead() for _ in range(HOUR_MINUTES)]
    found: list[float | None] = []
    for minute in range(len(minutes)):
        one = series[minute % HOUR_MINUTES]
        if minute >= HOUR_MINUTES:
            one.add(sums[minute] - sums[minute - HOUR_MINUTES])
        forecast = one.forecast()
        found.append(None if forecast is None else getattr(forecast, bound) / 3600.0)
    return found
