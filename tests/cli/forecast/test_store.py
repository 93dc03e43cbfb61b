from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from clickhouse_connect.driver.client import Client

from agents.analytics.forecast import Forecast
from cli.forecast.minutes import ATTEMPTS, MESSAGES, Minutes
from cli.forecast.store import COLUMNS, TABLE, Row, Store, rows
from tests.cli.forecast.test_minutes import NOW, THIS_MINUTE, Rows, look

FOUND = {
    MESSAGES: Forecast(7.0, 5.0, 9.0, 2.6, 0.3, 1.0),
    ATTEMPTS: Forecast(3.0, 2.0, 4.0, 1.7, 0.3, 1.0),
}
MADE_AT = datetime.fromtimestamp(THIS_MINUTE * 60, UTC)


class Table:
    """Takes rows; refuses the first `refused` times."""

    def __init__(self, refused: int = 0) -> None:
        self.refused = refused
        self.rows: list[Row] = []

    def insert(self, table: str, data: Sequence[Row], column_names: Sequence[str]) -> None:
        assert (table, tuple(column_names)) == (TABLE, COLUMNS)
        if self.refused:
            self.refused -= 1
            raise ConnectionError
        self.rows += data


def known(hours: int) -> Minutes:
    """As many messages in each of the last `hours` as it is hours ago."""
    minutes = Minutes()
    look(minutes, Rows([(MESSAGES, THIS_MINUTE - 60 * ago, float(ago)) for ago in range(1, hours + 1)]))
    return minutes


def keep(store: Store, table: Table, minutes: Minutes) -> None:
    client: Client = table  # type: ignore[assignment]
    store.keep(client, minutes, FOUND)


def test_rows_have_the_minute_and_the_same_hour_yesterday() -> None:
    assert rows(known(30), FOUND) == [
        (MESSAGES, MADE_AT, 7.0, 5.0, 9.0, 24.0),
        (ATTEMPTS, MADE_AT, 3.0, 2.0, 4.0, 0.0),
    ]


def test_there_is_no_yesterday_before_a_day_is_known() -> None:
    assert [row[-1] for row in rows(known(24), FOUND)] == [24.0, 0.0]
    assert [row[-1] for row in rows(known(23), FOUND)] == [None, None]


def test_a_minute_is_stored_once_and_the_next_again() -> None:
    store, table, minutes = Store(), Table(), known(2)
    for seconds in (0, 20, 60):
        look(minutes, Rows([]), NOW + seconds)
        keep(store, table, minutes)
    assert [row[1].minute - MADE_AT.minute for row in table.rows] == [0, 0, 1, 1]


def test_nothing_forecast_is_nothing_stored() -> None:
    table = Table()
    client: Client = table  # type: ignore[assignment]
    Store().keep(client, known(2), {})
    assert table.rows == []


def test_what_was_refused_is_tried_again_within_the_minute() -> None:
    store, table, minutes = Store(), Table(refused=1), known(2)
    with pytest.raises(ConnectionError):
        keep(store, table, minutes)
    keep(store, table, minutes)
    assert len(table.rows) == 2
