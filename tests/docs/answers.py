"""`python -m tests.docs.answers`: ask every SQL question of docs/analysts.md again and write down what came back."""

import asyncio
import sys
import tempfile
from pathlib import Path

from cli.forecast.store import COLUMNS, TABLE
from config.settings import Settings
from local.clickhouse import ClickHouse
from sinks.client import connect
from sinks.migrate import migrate
from sinks.writer import Writer
from tests.docs.blocks import DOCS, answered
from tests.docs.classroom import FORECASTS, records

PAGE = DOCS / "analysts.md"


async def fill(settings: Settings) -> None:
    """Write the class's afternoon into a migrated database, as a worker would."""
    writer = Writer(settings)
    refused = await writer.write_all(list(records()))
    await writer.close()
    if refused:
        raise ValueError(f"a record of the classroom is no row: {refused[0][2]}")
    client = connect(settings, database=settings.clickhouse_database)
    client.insert(TABLE, FORECASTS, column_names=COLUMNS)
    client.close()


def main() -> int:
    """Refresh the page; the exit code is 0."""
    with tempfile.TemporaryDirectory() as directory:
        service = ClickHouse(Path(directory))
        service.start()
        try:
            settings = Settings(_env_file=None, clickhouse_url=service.url)
            client = connect(settings)
            migrate(client, settings)
            asyncio.run(fill(settings))
            client.database = settings.clickhouse_database
            PAGE.write_text(answered(client, PAGE.read_text()))
            client.close()
        finally:
            service.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
