"""Gives a view's columns the descriptions of the columns of the same name in what it reads first: a table or a view."""

import re

from clickhouse_connect.driver.client import Client

SOURCE = re.compile(r"\bFROM \S*?\b((?:raw|fact|dim)_\w+)")


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
    sources = {view: found[1] for view, select in queries if (found := SOURCE.search(select)) is not None}
    changed = []
    for view in sorted(sources):
        parts = []
        for name, comment in comments[view].items():
            inherited = "" if comment else _inherited(view, name, sources, comments)
            if inherited:
                parts.append(f"COMMENT COLUMN {name} '{_escaped(inherited)}'")
        if parts:
            client.command(f"ALTER TABLE {database}.{view}{on_cluster} {', '.join(parts)}")
            changed.append(view)
    return changed


def _inherited(view: str, column: str, sources: dict[str, str], comments: dict[str, dict[str, str]]) -> str:
    """The nearest description of `column` on the way from `view` to its table; '' where there is none."""
    while (source := sources.get(view)) is not None:
        found = comments.get(source, {}).get(column, "")
        if found:
            return found
        view = source
    return comments.get(view, {}).get(column, "")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")
