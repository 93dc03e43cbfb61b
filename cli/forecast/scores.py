"""How good the stored forecasts were, day by day, beside the rule."""

from typing import TYPE_CHECKING, Any

from cli.screen import note, out, table

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

DAYS = 14
COLUMNS = (
    "day",
    "kind",
    "forecasts",
    "mean_came",
    "mean_absolute_error",
    "yesterday_mean_absolute_error",
    "held_share",
)
QUERY = f"""
SELECT {", ".join(COLUMNS)}
FROM agg_load_forecast_scores
WHERE day > toDate(now('UTC')) - {DAYS}
ORDER BY day DESC, kind
"""
HEAD = ("day", "kind", "forecasts", "came", "error", "yesterday's", "held")


def show(client: "Client", json: bool) -> None:
    """Print the scores of the last days, the newest first: a table, or JSON, one object a line."""
    rows = client.query(QUERY).result_rows
    if json:
        import orjson

        for row in rows:
            out(orjson.dumps(dict(zip(COLUMNS, row, strict=True))).decode())
        return
    if not rows:
        note("no stored forecast whose hour is over: masterx forecast --store keeps them")
        return
    table(HEAD, [_cells(*row) for row in rows], numeric=(False, False, *[True] * 5))
    note("error: mean distance from what came, beside that of the same hour yesterday; 0.9 should be held")


def _cells(
    day: Any, kind: str, forecasts: int, came: float, error: float, rule: float | None, held: float
) -> list[str]:
    figures = [f"{value:,.4g}" if value is not None else "" for value in (came, error, rule)]
    return [f"{day}", kind, f"{forecasts:,}", *figures, f"{held:.2f}"]
