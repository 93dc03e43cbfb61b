"""The SQL that shows an alert: the minutes around it, with the cause beside the rest."""

from agents.analytics.anomalies.cause import EVERYWHERE
from agents.analytics.anomalies.shares import ERRORS, LATENCY, WRONG_ON_ITEM

MARGIN_MINUTES = 30
MICROS = 1_000_000
# Workers of before counted what was not called among the calls.
CALLED = "counts['calls'] - counts['calls_open'] - counts['calls_skipped']"


def query(metric: str, dimension: str, values: tuple[str, ...], began: int, through: int, tenant: str = "") -> str:
    """A query on the tables that hold what was counted. `began` and `through` are minutes, microseconds; of `tenant`
    alone where one is given."""
    whose = f"tenant_id = {_text(tenant)} AND " if tenant else ""
    first = f"toDateTime64({(began - MARGIN_MINUTES * 60 * MICROS) // MICROS}, 6, 'UTC')"
    last = f"toDateTime64({through // MICROS + 60}, 6, 'UTC')"
    if metric == LATENCY:
        # The sketches in the windows are for programs; the replies themselves say it to people.
        column = {"tenant": "tenant_id", "version": "template_version"}.get(dimension, "provider")
        return (
            f"SELECT toStartOfMinute(sent_at) AS minute, {_among(column, dimension, values)} AS is_cause, "
            f"count() AS cases, round(median(provider_ms)) AS counted FROM fact_responses "
            f"WHERE {whose}source = 'PROVIDER' AND sent_at >= {first} AND sent_at < {last} "
            f"GROUP BY minute, is_cause ORDER BY minute, is_cause"
        )
    if metric == WRONG_ON_ITEM:
        return (
            f"SELECT toStartOfMinute(sent_at) AS minute, {_among('item_id', dimension, values)} AS is_cause, "
            f"count() AS cases, countIf(outcome < 0.5) AS counted, round(sum(1 - predicted), 1) AS expected "
            f"FROM fact_learning_events WHERE {whose}kind = 'attempt_predicted' "
            f"AND sent_at >= {first} AND sent_at < {last} "
            f"GROUP BY minute, is_cause ORDER BY minute, is_cause"
        )
    if metric == ERRORS:
        kind = "version" if dimension == "version" else "provider"
        n, what = f"sum({CALLED})", f"sum({CALLED} - counts['calls_ok'])"
    else:
        kind, n, what = "concept", "sum(counts['attempts'])", "sum(counts['attempts'] - counts['correct'])"
    column = "tenant_id" if dimension == "tenant" else "dimension"
    return (
        f"SELECT window_start AS minute, {_among(column, dimension, values)} AS is_cause, {n} AS cases, "
        f"{what} AS counted FROM fact_aggregates WHERE {whose}final AND window_s = 60 AND kind = {_text(kind)} "
        f"AND window_start >= {first} AND window_start < {last} "
        f"GROUP BY minute, is_cause ORDER BY minute, is_cause"
    )


def _among(column: str, dimension: str, values: tuple[str, ...]) -> str:
    return "1" if dimension == EVERYWHERE else f"{column} IN ({', '.join(_text(value) for value in values)})"


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
