"""A learner's rows as one JSON document, written as they come."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from cli.learner import tables

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

    from cli.learner.who import Who

AS_TIMES_GO = orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z


def write(
    put: Callable[[str], Any], client: "Client", who: "Who", found: Mapping[str, int], tell: Callable[[str], None]
) -> int:
    """Write `{tenant_id, learner_id, exported_at, profile, tables: {name: [row, …]}}`; how many rows there were.

    `profile` is the latest snapshot, or null. `found` are the tables to go through and how many rows to expect.
    """
    head = {"tenant_id": who.tenant, "learner_id": who.learner, "exported_at": datetime.now(UTC)}
    put(as_json(head)[:-1])
    put(f',"profile":{as_json(tables.profile(client, who))},"tables":{{')
    total = 0
    for number, (name, count) in enumerate(found.items()):
        tell(f"{name}: {count} rows")
        put(f"{',' if number else ''}\n{as_json(name)}:[")
        for place, row in enumerate(tables.rows(client, name, who)):
            put(f"{',' if place else ''}\n{as_json(row)}")
            total += 1
        put("]")
    put("}}\n")
    return total


def as_json(value: Any) -> str:
    """Times as ISO 8601 in UTC, numbers that JSON lacks and raw bytes as text."""
    return orjson.dumps(value, default=_plain, option=AS_TIMES_GO).decode()


def _plain(value: Any) -> str:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
