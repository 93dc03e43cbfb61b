"""Gives a view's columns the descriptions of the columns of the same name in the table that it reads."""

import re

from clickhouse_connect.driver.client import Client


def views(client: Client, database: str, on_cluster: str = "") -> list[str]:
    """Describe what has no description yet in the views of `database`; the views that were changed."""
    parameters = {"database": database}
    columns = client.query(
        "SELECT table, groupArray((name, comment)) FROM system.columns "
        "WHERE database = {database:String} GROUP BY table",
        parameters=parameters,
    ).result_rows
    comments: dict[str, dict[str, str]] = {table: dict(pairs) for table, pairs in columns}
    queries = client.query(
        "SELECT name, as_select FROM system.tables "
        "WHERE database = {database:String} AND engine = 'View' ORDER BY name",
        parameters=parameters,
    ).result_rows
    changed = []
    for view, select in queries:
        source = re.search(r"\bFROM \S*?\b(raw_\w+)", select)
        if source is None:
            continue
        parts = [
            f"COMMENT COLUMN {name} '{_escaped(comments[source[1]][name])}'"
            for name, comment in comments[view].items()
            if not comment and name in comments[source[1]]
        ]
        if parts:
            client.command(f"ALTER TABLE {database}.{view}{on_cluster} {', '.join(parts)}")
            changed.append(view)
    return changed


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")
