"""Forecasts as rows, written before their outcome, so that the views can score them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from agents.analytics.forecast import DAY, Forecast
from cli.forecast.minutes import Minutes

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

TABLE = "raw_load_forecasts"
COLUMNS = ("kind", "made_at", "expected", "low", "high", "yesterday")

Row = tuple[str, datetime, float, float, float, float | None]


def rows(minutes: Minutes, found: Mapping[str, Forecast]) -> list[Row]:
    """What `found`, made from `minutes`, is in `COLUMNS`, a row for each kind."""
    made_at = datetime.fromtimestamp(minutes.until, UTC)
    made = []
    for kind, one in found.items():
        hours = minutes.hours(kind)
        # What people take for the forecast now; with less than a day known they have nothing to take.
        yesterday = hours[-DAY] if len(hours) >= DAY else None
        made.append((kind, made_at, one.expected, one.low, one.high, yesterday))
    return made


class Store:
    """Writes the forecasts of each minute once, however often it is looked at."""

    def __init__(self) -> None:
        self._until = 0

    def keep(self, client: "Client", minutes: Minutes, found: Mapping[str, Forecast]) -> None:
        """Write `found`, made from `minutes`. Raises what the client raises; the same minute is tried again then."""
        if found and minutes.until != self._until:
            client.insert(TABLE, rows(minutes, found), column_names=COLUMNS)
            self._until = minutes.until
