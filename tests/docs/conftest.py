"""The class's afternoon in a database of its own, and a whole running system."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from cli.clickhouse import connected
from cli.stack import environment, settings_for
from cli.workers import Workers
from local.stack import Stack
from pipeline import admin
from sinks.migrate import migrate
from tests.docs.answers import fill


@pytest.fixture(scope="module")
def afternoon(stack: Stack) -> Iterator[Client]:
    """A client whose database holds tests/docs/classroom.py."""
    chosen = settings_for({**stack.environment(), "MASTERX_CLICKHOUSE_DATABASE": "docs_afternoon"})
    with connected(chosen, database=False) as client:
        client.command("DROP DATABASE IF EXISTS docs_afternoon")
        migrate(client, chosen)
        asyncio.run(fill(chosen))
        client.database = chosen.clickhouse_database
        yield client


@pytest.fixture(scope="module")
def running(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Variables of a system with a worker of each app, answered by the test provider."""
    variables = {
        **stack.environment(),
        **environment(stack, test_provider=True),
        "MASTERX_CLICKHOUSE_DATABASE": "docs_running",
    }
    chosen = settings_for(variables)
    admin.create(chosen)
    with connected(chosen, database=False) as client:
        migrate(client, chosen)
    directory: Path = tmp_path_factory.mktemp("workers")
    with Workers(directory, variables):
        yield variables
