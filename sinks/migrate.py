"""Brings ClickHouse's tables and views to where this program expects them.

Migrations are the files of `sinks/migrations/`, applied in order and written down in `schema_migrations`. Each
statement in them leaves alone what is there already (`IF NOT EXISTS`, `OR REPLACE`), so that two programs that
migrate at once, or one that dies half way, do no harm.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from config.settings import Settings
from sinks import describe, retention, shards
from sinks.client import explained
from sinks.errors import SinkError

FOLDER = Path(__file__).parent / "migrations"
_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

LEDGER = """
CREATE TABLE IF NOT EXISTS ${database}.schema_migrations${on_cluster} (
    number UInt32 COMMENT 'Number of the migration; they are applied in this order.',
    name String COMMENT 'What it does, from its file name.',
    checksum String COMMENT 'SHA-256 of the file before settings were put in, hex.',
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was applied.'
)
ENGINE = ${engine}
ORDER BY number
COMMENT 'Migrations that were applied to this database.'
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: `text` still holds the names of settings."""

    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def statements(self, values: dict[str, str]) -> Iterator[str]:
        """Its statements with settings put in. They end with a semicolon at the end of a line."""
        text = re.sub(r"^\s*--.*\n", "", self.text, flags=re.MULTILINE)
        for statement in re.split(r";[ \t]*(?:\n|\Z)", text):
            if not statement.strip():
                continue
            text = Template(statement.strip()).substitute(values)
            yield from shards.sharded(text) if values.get("local") else (text,)


def migrations(folder: Path = FOLDER) -> list[Migration]:
    """All migrations in order. Raises `SinkError` for a file name that is none, and for a number used twice."""
    found: dict[int, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        name = _NAME.fullmatch(path.name)
        if name is None:
            raise SinkError(f"{path.name} is no migration's name: it must look like 0001_messages.sql")
        number = int(name[1])
        if number in found:
            raise SinkError(f"two migrations have the number {number:04d}: {found[number].name} and {name[2]}")
        found[number] = Migration(number, name[2], path.read_text())
    return list(found.values())


def substitutions(settings: Settings) -> dict[str, str]:
    """What migrations may name: `${database}`, `${engine}`, `${on_cluster}`, `${ttl_days}`, `${ttl_days_emotion}`, and
    `${local}`, which stands behind a raw table's name where the part on this server is meant.

    With the setting `clickhouse_cluster` tables are replicated and made on all of that cluster's servers; with
    `clickhouse_sharded` they are spread over its shards as well, see `sinks.shards`.
    Raises `SinkError` for a database's or cluster's name that is no plain identifier, and for shards of no cluster.
    """
    cluster = settings.clickhouse_cluster
    if settings.clickhouse_sharded and not cluster:
        raise SinkError("MASTERX_CLICKHOUSE_SHARDED needs MASTERX_CLICKHOUSE_CLUSTER, the cluster with the shards")
    for name in (settings.clickhouse_database, cluster):
        if name and not _IDENTIFIER.fullmatch(name):
            raise SinkError(f"{name!r} can't name a database or cluster: use letters, digits and underscores")
    return {
        "database": settings.clickhouse_database,
        "engine": "ReplicatedReplacingMergeTree" if cluster else "ReplacingMergeTree",
        "on_cluster": f" ON CLUSTER {cluster}" if cluster else "",
        "local": shards.SUFFIX if settings.clickhouse_sharded else "",
        "ttl_days": str(settings.ttl_days),
        "ttl_days_emotion": str(settings.ttl_days_emotion),
    }


def migrate(client: Client, settings: Settings, folder: Path = FOLDER) -> list[str]:
    """Apply what is not applied yet, and the settings' retention; the files applied now, such as `0001_messages`.

    Raises `SinkError`: for a migration that was changed after it was applied, and when ClickHouse refuses.
    """
    values = substitutions(settings)
    try:
        done = _migrate(client, values, migrations(folder))
        if done:
            describe.views(client, values["database"], values["on_cluster"])
        retention.apply(client, settings, values["on_cluster"])
    except ClickHouseError as error:
        raise explained(error, settings.clickhouse_url) from error
    return done


def _migrate(client: Client, values: dict[str, str], known: list[Migration]) -> list[str]:
    database = values["database"]
    client.command(f"CREATE DATABASE IF NOT EXISTS {database}{values['on_cluster']}", use_database=False)
    client.command(Template(LEDGER).substitute(values))
    ledger = f"{database}.schema_migrations"
    rows = client.query(f"SELECT number, argMax(checksum, applied_at) FROM {ledger} GROUP BY number").result_rows
    applied: dict[int, str] = dict(rows)
    done = []
    for migration in known:
        label = f"{migration.number:04d}_{migration.name}"
        if migration.number in applied:
            if applied[migration.number] != migration.checksum:
                raise SinkError(f"{label}.sql was changed after it was applied: put it back and add a new migration")
            continue
        for statement in migration.statements(values):
            client.command(statement)
        client.insert(
            ledger,
            [[migration.number, migration.name, migration.checksum]],
            column_names=["number", "name", "checksum"],
        )
        done.append(label)
    return done
