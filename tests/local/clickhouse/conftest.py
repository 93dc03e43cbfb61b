"""Clients of the local ClickHouse, each test in a database of its own."""

import uuid
from collections.abc import Iterator

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client

from local.clickhouse import ClickHouse


@pytest.fixture
def database(clickhouse: ClickHouse) -> Iterator[str]:
    name = f"t{uuid.uuid4().hex[:12]}"
    client = clickhouse_connect.get_client(dsn=clickhouse.url)
    client.command(f"CREATE DATABASE {name}")
    yield name
    client.command(f"DROP DATABASE {name}")
    client.close()


@pytest.fixture
def client(clickhouse: ClickHouse, database: str) -> Iterator[Client]:
    connected = clickhouse_connect.get_client(dsn=clickhouse.url, database=database)
    yield connected
    connected.close()
