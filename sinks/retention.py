"""How long rows stay: the settings' days, counted from `ingested_at`, also after a setting was changed.

By arrival and not by `sent_at`, so that a replay of old records is not deleted at once.
"""

import re

from clickhouse_connect.driver.client import Client

from config.settings import Settings
from sinks import shards

DAYS_OF_TABLE = {"raw_emotions": "ttl_days_emotion"}
"""The setting that a table's rows live by, where it is not `ttl_days`."""

EMOTION_COLUMNS = {
    "raw_responses": ("emotion", "plan", "decision_features"),
    "raw_profiles": ("emotion_baseline",),
    "raw_rewards": ("features",),
    "raw_interventions": ("evidence",),
}
"""Columns that hold emotion scores, among others, in tables that live longer: emptied after `ttl_days_emotion`."""

_DAYS = r"toDateTime\(ingested_at\) \+ toIntervalDay\((\d+)\)"


def apply(client: Client, settings: Settings, on_cluster: str = "") -> list[str]:
    """Bring every raw table's TTL to what the settings say; the changes made, one line each."""
    database = settings.clickhouse_database
    rows = client.query(
        "SELECT name, create_table_query, engine_full FROM system.tables "
        "WHERE database = {database:String} AND startsWith(name, 'raw_') AND endsWith(engine, 'MergeTree') "
        "ORDER BY name",
        parameters={"database": database},
    ).result_rows
    changes = []
    for table, query, engine in rows:
        whole = table.removesuffix(shards.SUFFIX)
        days = getattr(settings, DAYS_OF_TABLE.get(whole, "ttl_days"))
        if _days(engine, rf"TTL {_DAYS}") != days:
            client.command(f"ALTER TABLE {database}.{table}{on_cluster} MODIFY TTL {_ttl(days)}")
            changes.append(f"{table}: {days} days")
        for column in EMOTION_COLUMNS.get(whole, ()):
            # The next column's name begins with a backtick.
            if _days(query, rf"`{column}` [^`]*TTL {_DAYS}") != settings.ttl_days_emotion:
                client.command(
                    f"ALTER TABLE {database}.{table}{on_cluster} "
                    f"MODIFY COLUMN {column} TTL {_ttl(settings.ttl_days_emotion)}"
                )
                changes.append(f"{table}.{column}: {settings.ttl_days_emotion} days")
    return changes


def _days(text: str, pattern: str) -> int | None:
    found = re.search(pattern, text)
    return int(found[1]) if found else None


def _ttl(days: int) -> str:
    return f"toDateTime(ingested_at) + INTERVAL {days} DAY"
