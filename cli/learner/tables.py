"""The learner's rows in ClickHouse, whatever tables there are."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cli.exits import NO_INPUT, Failure

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

    from cli.learner.who import Who

Row = dict[str, Any]

# The record that the learner was to be forgotten, and when: it stays.
RECORD = "raw_erasures"
THEIRS = "tenant_id = {tenant:String} AND learner_id = {learner:String}"

# By their columns, not by a list: a table that comes later is found as well. Views hold nothing.
_HOLDERS = """
SELECT table
FROM system.columns
WHERE database = currentDatabase() AND name IN ('tenant_id', 'learner_id') AND table IN (
    SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'
)
GROUP BY table
HAVING count() = 2
ORDER BY table
"""


def holders(client: "Client") -> tuple[str, ...]:
    """The tables that name learners. Raises `Failure` where there are none."""
    found = tuple(row[0] for row in client.query(_HOLDERS).result_rows)
    if not found:
        raise Failure(NO_INPUT, f"the database {client.database} has no tables of learners yet: run masterx migrate")
    return found


def counts(client: "Client", names: Iterable[str], who: "Who") -> dict[str, int]:
    """The learner's rows by table, copies included."""
    return {
        name: int(client.query(f"SELECT count() FROM `{name}` WHERE {THEIRS}", parameters=who.parameters).first_row[0])
        for name in names
    }


def rows(client: "Client", name: str, who: "Who") -> Iterator[Row]:
    """The learner's rows of one table, oldest first."""
    query = f"SELECT * FROM `{name}` WHERE {THEIRS} ORDER BY sent_at, kafka_offset"
    yield from client.query(query, parameters=who.parameters).named_results()


def profile(client: "Client", who: "Who") -> Row | None:
    """The latest snapshot of what is known about the learner."""
    found = client.query(f"SELECT * FROM dim_learners WHERE {THEIRS}", parameters=who.parameters)
    return next(iter(found.named_results()), None)


def activity(client: "Client", who: "Who") -> Row:
    """`messages`, those of the last seven days as `recent`, and when the last one was sent as `last_at`."""
    query = (
        "SELECT count() AS messages, countIf(sent_at > now() - INTERVAL 7 DAY) AS recent, "
        f"maxOrNull(sent_at) AS last_at FROM fact_messages WHERE {THEIRS}"
    )
    return next(iter(client.query(query, parameters=who.parameters).named_results()))


def delete(client: "Client", found: Mapping[str, int], who: "Who") -> Iterator[str]:
    """Rewrite the parts of each table where rows were found, without them; the tables, each when it is done.

    A lightweight DELETE would only hide the rows until some later merge.
    """
    for name, count in found.items():
        if count:
            statement = f"ALTER TABLE `{name}` DELETE WHERE {THEIRS} SETTINGS mutations_sync = 2"
            client.command(statement, parameters=who.parameters)
            yield name


def absent(client: "Client", who: "Who") -> Failure:
    """The line for a learner about whom nothing is stored."""
    query = f"SELECT maxOrNull(sent_at) FROM {RECORD} WHERE {THEIRS}"
    erased_at = client.query(query, parameters=who.parameters).first_row[0]
    why = (
        f"erased on request at {erased_at:%Y-%m-%d %H:%M} UTC"
        if erased_at is not None
        else "check the name, and whether 'masterx worker sinks' runs"
    )
    return Failure(NO_INPUT, f"nothing is stored about {who}: {why}")
