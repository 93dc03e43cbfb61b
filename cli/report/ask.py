"""Rows for reports, and the words for what is missing."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

Row = dict[str, Any]
Numbers = dict[str, Any]


def ask(client: "Client", query: str, parameters: Mapping[str, object]) -> list[Row]:
    """The rows of `query`; times as ISO 8601 text, so that they are the same in JSON."""
    return [
        {name: _plain(value) for name, value in row.items()}
        for row in client.query(query, parameters=dict(parameters)).named_results()
    ]


def share(part: int, whole: int) -> float | None:
    """`part` of `whole`, to four places; None of nothing."""
    return round(part / whole, 4) if whole else None


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(timespec="milliseconds")
    return value
