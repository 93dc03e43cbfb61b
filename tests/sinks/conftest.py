"""A ClickHouse database of its own for the tests of this folder, and a writer into it."""

import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
from clickhouse_connect.driver.client import Client

from config.settings import Settings
from local.stack import Stack
from sinks.client import connect
from sinks.migrate import migrate
from sinks.writer import Writer


def settings_for(stack: Stack, **changes: object) -> Settings:
    """Settings for the stack's ClickHouse and a database that no other test has."""
    values: dict[str, object] = {
        "clickhouse_url": stack.environment()["MASTERX_CLICKHOUSE_URL"],
        "clickhouse_database": f"sinks_{uuid.uuid4().hex[:12]}",
    }
    return Settings(_env_file=None, **{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def warehouse(stack: Stack) -> Iterator[tuple[Client, Settings]]:
    """A migrated database for the whole run; `database` gives it empty."""
    settings = settings_for(stack)
    client = connect(settings)
    migrate(client, settings)
    yield client, settings
    client.command(f"DROP DATABASE {settings.clickhouse_database}")
    client.close()


@pytest.fixture
def settings(warehouse: tuple[Client, Settings]) -> Settings:
    """Settings of the database that `database` is connected to."""
    return warehouse[1]


@pytest.fixture
def database(warehouse: tuple[Client, Settings], settings: Settings) -> Iterator[Client]:
    """A client whose database has all tables and no rows."""
    shared, _ = warehouse
    tables = shared.query(
        "SELECT name FROM system.tables WHERE startsWith(name, 'raw_') AND total_rows > 0 AND database = {d:String}",
        parameters={"d": settings.clickhouse_database},
    ).result_rows
    for (table,) in tables:
        shared.command(f"TRUNCATE TABLE {settings.clickhouse_database}.{table}")
    client = connect(settings, database=settings.clickhouse_database)
    yield client
    client.close()


@pytest.fixture
async def writer(database: Client, settings: Settings) -> AsyncIterator[Writer]:
    """A connected writer into that database."""
    made = Writer(settings)
    await made.connect()
    yield made
    await made.close()
