"""The data dictionary, from the schema as ClickHouse has it: every view and table with its columns."""

import tempfile
from pathlib import Path

from clickhouse_connect.driver.client import Client

PAGE = Path(__file__).parent / "dictionary.md"
HEAD = """# Data dictionary

Generated from ClickHouse's own schema, after all migrations, by `python -m docs.generate`. Analysts read the views
(`dim_`, `fact_`, `agg_`); `raw_` tables hold copies. How to ask: [analysts.md](analysts.md).
"""
COLUMNS = """
SELECT t.name, t.comment, t.engine, groupArray((c.name, c.type, c.comment))
FROM (
    SELECT table, name, type, comment FROM system.columns
    WHERE database = {database:String} AND default_kind != 'MATERIALIZED'
    ORDER BY table, position
) AS c
JOIN system.tables AS t ON t.database = {database:String} AND t.name = c.table
WHERE NOT startsWith(t.name, 'feed_') AND t.name != 'schema_migrations'
GROUP BY t.name, t.comment, t.engine
ORDER BY t.name
"""


def page(client: Client, database: str) -> str:
    """The page for what is in `database`."""
    parts = [HEAD]
    for name, comment, engine, columns in client.query(COLUMNS, parameters={"database": database}).result_rows:
        rows = [f"| `{column}` | `{kind.replace('|', chr(92) + '|')}` | {said} |" for column, kind, said in columns]
        kind = "View" if engine == "View" else "Table"
        lines = ["| column | type | meaning |", "| --- | --- | --- |", *rows]
        parts.append(f"## {name}\n\n{kind}. {comment}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def current() -> str:
    """The page for this program's migrations, applied to an engine of its own."""
    from config.settings import Settings
    from local.clickhouse import ClickHouse
    from sinks.client import connect
    from sinks.migrate import migrate

    with tempfile.TemporaryDirectory() as directory:
        service = ClickHouse(Path(directory))
        service.start()
        try:
            settings = Settings(_env_file=None, clickhouse_url=service.url)
            client = connect(settings)
            migrate(client, settings)
            found = page(client, settings.clickhouse_database)
            client.close()
        finally:
            service.stop()
    return found
