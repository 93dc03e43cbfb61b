"""`masterx migrate`."""

from cli.screen import note, out


def migrate() -> None:
    """Bring ClickHouse's tables and views up to date."""
    from cli.clickhouse import connected
    from config.settings import settings
    from sinks.migrate import migrate as apply

    chosen = settings()
    with connected(chosen, database=False) as client:
        applied = apply(client, chosen)
    for name in applied:
        out(name)
    note(f"{len(applied)} migrations applied to database {chosen.clickhouse_database}")
