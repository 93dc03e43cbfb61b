"""Migrations on the real engine, each test in a database of its own."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from config.settings import Settings
from local.stack import Stack
from sinks.client import connect
from sinks.errors import SinkError
from sinks.migrate import Migration, migrate, migrations, substitutions
from tests.sinks.conftest import settings_for


@pytest.fixture
def fresh(stack: Stack) -> Iterator[tuple[Client, Settings]]:
    """A client and settings whose database is not there yet."""
    settings = settings_for(stack)
    client = connect(settings)
    yield client, settings
    client.command(f"DROP DATABASE IF EXISTS {settings.clickhouse_database}")
    client.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two migrations."""
    (tmp_path / "0001_notes.sql").write_text(
        "-- one; comment;\nCREATE TABLE IF NOT EXISTS ${database}.raw_notes (a UInt8 COMMENT 'a; b',\n"
        "ingested_at DateTime64(3, 'UTC'))\n"
        "ENGINE = ${engine} ORDER BY a TTL toDateTime(ingested_at) + INTERVAL ${ttl_days} DAY;\n"
    )
    (tmp_path / "0002_more.sql").write_text(
        "ALTER TABLE ${database}.raw_notes ADD COLUMN IF NOT EXISTS b UInt8;\n"
        "ALTER TABLE ${database}.raw_notes ADD COLUMN IF NOT EXISTS c UInt8;\n"
    )
    return tmp_path


def columns(client: Client, settings: Settings, table: str = "raw_notes") -> set[str]:
    rows = client.query(
        "SELECT name FROM system.columns WHERE database = {d:String} AND table = {t:String}",
        parameters={"d": settings.clickhouse_database, "t": table},
    ).result_rows
    return {name for (name,) in rows}


@pytest.mark.stack
def test_applies_what_is_missing_and_nothing_again(fresh: tuple[Client, Settings], folder: Path) -> None:
    client, settings = fresh
    later = (folder / "0002_more.sql").rename(folder / "later")
    assert migrate(client, settings, folder) == ["0001_notes"]
    later.rename(folder / "0002_more.sql")
    assert migrate(client, settings, folder) == ["0002_more"]
    assert columns(client, settings) == {"a", "b", "c", "ingested_at"}
    assert migrate(client, settings, folder) == []


@pytest.mark.stack
def test_all_of_ours_apply_once(fresh: tuple[Client, Settings]) -> None:
    client, settings = fresh
    assert migrate(client, settings) == [f"{m.number:04d}_{m.name}" for m in migrations()]
    assert migrate(client, settings) == []


@pytest.mark.stack
def test_two_at_once_do_no_harm(fresh: tuple[Client, Settings], folder: Path) -> None:
    client, settings = fresh
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(migrate, client, settings, folder) for _ in range(2)]
    assert {"0001_notes", "0002_more"} == {label for run in runs for label in run.result()}
    assert columns(client, settings) == {"a", "b", "c", "ingested_at"}
    assert migrate(client, settings, folder) == []


@pytest.mark.stack
def test_one_that_stopped_half_way_is_finished(fresh: tuple[Client, Settings], folder: Path) -> None:
    client, settings = fresh
    good = (folder / "0002_more.sql").read_text()
    (folder / "0002_more.sql").write_text(good + "SELECT nonsense;\n")
    with pytest.raises(SinkError, match="nonsense"):
        migrate(client, settings, folder)
    (folder / "0002_more.sql").write_text(good)
    assert migrate(client, settings, folder) == ["0002_more"]
    assert columns(client, settings) == {"a", "b", "c", "ingested_at"}


@pytest.mark.stack
def test_a_changed_migration_is_refused(fresh: tuple[Client, Settings], folder: Path) -> None:
    client, settings = fresh
    migrate(client, settings, folder)
    path = folder / "0001_notes.sql"
    path.write_text(path.read_text() + "\n")
    with pytest.raises(SinkError, match=r"0001_notes\.sql was changed after it was applied"):
        migrate(client, settings, folder)


def test_names_and_numbers_are_checked(folder: Path) -> None:
    (folder / "0002_again.sql").write_text("SELECT 1;\n")
    with pytest.raises(SinkError, match="two migrations have the number 0002"):
        migrations(folder)
    (folder / "0002_again.sql").rename(folder / "second.sql")
    with pytest.raises(SinkError, match=r"second\.sql is no migration's name"):
        migrations(folder)


def test_statements_end_with_a_semicolon_at_the_end_of_a_line() -> None:
    text = "-- note;\nSELECT 'a; b';\n\nSELECT ${ttl_days} ;  \nSELECT 3"
    made = list(Migration(1, "x", text).statements({"ttl_days": "9"}))
    assert made == ["SELECT 'a; b'", "SELECT 9", "SELECT 3"]


def test_every_statement_of_ours_may_run_twice() -> None:
    for migration in migrations():
        for statement in migration.statements(substitutions(Settings(_env_file=None))):
            assert re.match(
                r"CREATE TABLE IF NOT EXISTS |CREATE OR REPLACE VIEW |CREATE MATERIALIZED VIEW IF NOT EXISTS "
                r"|ALTER TABLE \S+\s+COMMENT COLUMN |ALTER TABLE \S+\s+ADD COLUMN IF NOT EXISTS "
                r"|ALTER TABLE \S+ MODIFY QUERY\s"
                # Rows that are there already are copies then, which the views count once.
                r"|INSERT INTO masterx\.raw_final_windows ",
                statement,
            )


def test_a_cluster_makes_tables_replicated() -> None:
    values = substitutions(Settings(_env_file=None, clickhouse_cluster="main"))
    statements = [s for m in migrations() for s in m.statements(values)]
    assert all(" ON CLUSTER main" in statement for statement in statements if not statement.startswith("INSERT"))
    tables = [statement for statement in statements if statement.startswith("CREATE TABLE")]
    assert all("ENGINE = ReplicatedReplacingMergeTree(version)" in statement for statement in tables)


@pytest.mark.stack
def test_every_statement_of_a_sharded_cluster_is_sql(fresh: tuple[Client, Settings]) -> None:
    client, _ = fresh
    values = substitutions(Settings(_env_file=None, clickhouse_cluster="main", clickhouse_sharded=True))
    statements = [s for m in migrations() for s in m.statements(values)]
    for statement in statements:
        client.query("SELECT formatQuery({text:String})", parameters={"text": statement})


def test_shards_hold_what_one_server_holds() -> None:
    plain = substitutions(Settings(_env_file=None, clickhouse_cluster="main"))
    values = substitutions(Settings(_env_file=None, clickhouse_cluster="main", clickhouse_sharded=True))
    one = [s for m in migrations() for s in m.statements(plain)]
    several = [s for m in migrations() for s in m.statements(values)]
    tables = re.findall(r"CREATE TABLE IF NOT EXISTS masterx\.(raw_\w+) ON CLUSTER main", "\n".join(one))
    made = {s.split("(")[0].split(".")[1].split()[0]: s for s in several if s.startswith("CREATE TABLE")}
    assert set(made) == {name for table in tables for name in (table, f"{table}_shard")}
    for table in tables:
        assert "ENGINE = ReplicatedReplacingMergeTree(version)" in made[f"{table}_shard"]
        assert f"Distributed(main, masterx, {table}_shard, cityHash64(" in made[table]
        key = re.findall(r"cityHash64\((.*?)\)", made[table])[0].split(", ")
        assert all(re.search(rf"^    {column} ", made[table], re.MULTILINE) for column in key)
        assert not re.search(r" CODEC\(| TTL | MATERIALIZED ", made[table])
        columns = [
            [name for name in re.findall(r"^    (\w+) .* COMMENT '", text, re.MULTILINE) if name != "version"]
            for text in (made[table], made[f"{table}_shard"])
        ]
        assert columns[0] == columns[1]
    feed = next(s for s in several if "MATERIALIZED VIEW" in s)
    assert "TO masterx.raw_final_windows_shard" in feed
    assert "FROM masterx.raw_aggregates_shard" in feed
    assert all("FROM masterx.raw_aggregates_shard" in s for s in several if "MODIFY QUERY" in s)
    altered = [s for s in several if "raw_responses" in s and "ADD COLUMN" in s]
    assert len(altered) == 2 * sum("raw_responses" in s and "ADD COLUMN" in s for s in one)


def test_shards_need_a_cluster() -> None:
    with pytest.raises(SinkError, match="MASTERX_CLICKHOUSE_CLUSTER"):
        substitutions(Settings(_env_file=None, clickhouse_sharded=True))


def test_a_database_name_that_is_none() -> None:
    with pytest.raises(SinkError, match="letters, digits and underscores"):
        substitutions(Settings(_env_file=None, clickhouse_database="a b"))
