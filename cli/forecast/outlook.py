"""From hours to forecasts of the next one."""

from collections.abc import Callable, Sequence

from agents.analytics.forecast import Forecast, HourAhead
from cli.forecast.minutes import COST, KINDS

COST_SCALE = 1000.0
"""A reply costs about a tenth of a cent (see `HourAhead`)."""


def outlook(hours: Callable[[str], Sequence[float]]) -> dict[str, Forecast]:
    """The next hour by kind; without those of which no hour is known."""
    found = {}
    for kind in KINDS:
        series = HourAhead(COST_SCALE if kind == COST else 1.0)
        for total in hours(kind):
            series.add(total)
        forecast = series.forecast()
        if forecast is not None:
            found[kind] = forecast
    return found
