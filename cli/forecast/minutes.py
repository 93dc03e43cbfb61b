"""Records and money by the minute, from ClickHouse, and the hours that they make up.

Minutes are the broker's (`kafka_appended_at`): that is when a record is work. Copies count: they are work too. The
hours end at the last whole minute, not at the clock's full hour, so that each minute has a forecast of its own sixty.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

MESSAGES, ATTEMPTS, COST = "messages", "attempts", "cost_usd"
KINDS = (MESSAGES, ATTEMPTS, COST)
MINUTE, HOUR_MINUTES = 60, 60
WEEKS = 4
KEPT_MINUTES = WEEKS * 7 * 24 * HOUR_MINUTES
LATE_MINUTES = 15
"""Rows come later than their records: so many minutes are asked for again."""

TIMES = (
    "kafka_appended_at >= fromUnixTimestamp({since:UInt32}) AND kafka_appended_at < fromUnixTimestamp({until:UInt32})"
)
TOTALS = (
    (MESSAGES, "raw_messages", "count()"),
    (ATTEMPTS, "raw_attempts", "count()"),
    (COST, "raw_responses", "sum(cost_usd + lost_usd)"),
)
QUERY = "\nUNION ALL\n".join(
    f"SELECT '{kind}' AS kind, intDiv(toUnixTimestamp(kafka_appended_at), {MINUTE}) AS minute, toFloat64({total})\n"
    f"FROM {table}\nWHERE {TIMES}\nGROUP BY minute"
    for kind, table, total in TOTALS
)


class Minutes:
    """The last weeks by minute. The first look reads them all, and so does one an hour: a sink that was away brings
    rows hours after their records. The others read the last minutes."""

    def __init__(self) -> None:
        self._totals: dict[str, dict[int, float]] = {kind: {} for kind in KINDS}
        self._until = 0
        self._read_all_at = 0

    def look(self, client: "Client", now: float) -> None:
        """Read what has come until the last whole minute. Raises what the client raises; nothing is changed then."""
        until = int(now) // MINUTE
        since = until - KEPT_MINUTES
        read_all_at = until
        if until - self._read_all_at < HOUR_MINUTES:
            since, read_all_at = max(since, self._until - LATE_MINUTES), self._read_all_at
        rows = client.query(QUERY, parameters={"since": since * MINUTE, "until": until * MINUTE}).result_rows
        for totals in self._totals.values():
            for minute in [one for one in totals if one >= since or one < until - KEPT_MINUTES]:
                del totals[minute]
        for kind, minute, total in rows:
            self._totals[kind][minute] = total
        self._until, self._read_all_at = until, read_all_at

    @property
    def until(self) -> int:
        """The whole minute that the last look ended at, seconds since 1970; 0 before the first."""
        return self._until * MINUTE

    def hours(self, kind: str) -> list[float]:
        """Totals of the whole hours since the first record of any kind, empty ones as 0; the last one ends now."""
        first = min((minute for totals in self._totals.values() for minute in totals), default=self._until)
        count = (self._until - first) // HOUR_MINUTES
        hours = [0.0] * count
        for minute, total in self._totals[kind].items():
            back = (self._until - 1 - minute) // HOUR_MINUTES
            if back < count:
                hours[count - 1 - back] += total
        return hours
