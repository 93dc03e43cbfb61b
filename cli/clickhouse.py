"""A ClickHouse client for commands, whose errors end the command in one line."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cli.exits import BAD_INPUT, BAD_SETTING, UNAVAILABLE, Failure

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

    from config.settings import Settings
    from sinks.errors import SinkError

WRAPPING = re.compile(
    r"Received ClickHouse exception, code: \d+, server response: |DB::Exception: | \(version [\d.]+.*$"
)

# Codes of ClickHouse's ErrorCodes.cpp: not what was asked is wrong, but who asks.
LOGIN = frozenset(
    {
        192,  # UNKNOWN_USER
        193,  # WRONG_PASSWORD
        194,  # REQUIRED_PASSWORD
        497,  # ACCESS_DENIED
        516,  # AUTHENTICATION_FAILED
    }
)


@contextmanager
def connected(settings: "Settings", *, seconds: float = 60.0, database: bool = True) -> "Iterator[Client]":
    """A client with the pipeline's database selected. Raises `Failure` for whatever ClickHouse does wrong."""
    from clickhouse_connect.driver.exceptions import ClickHouseError

    from sinks.client import connect, explained
    from sinks.errors import SinkError

    try:
        client = connect(settings, seconds=seconds)
        if database:
            # Selected only now: connecting to a database that is not there yet must say so, not how a query looked.
            client.database = settings.clickhouse_database
        try:
            yield client
        finally:
            client.close()
    except SinkError as error:
        raise failure(error) from error
    except ClickHouseError as error:
        raise failure(explained(error, settings.clickhouse_url)) from error


def failure(error: "SinkError") -> Failure:
    """The exit code for what the sinks' client raised, and its line without what the client put around it."""
    from sinks.errors import ClickHouseAway, ClickHouseRefusal

    if isinstance(error, ClickHouseAway):
        return Failure(UNAVAILABLE, str(error))
    asked = isinstance(error, ClickHouseRefusal) and error.code not in LOGIN
    return Failure(BAD_INPUT if asked else BAD_SETTING, WRAPPING.sub("", str(error)))
