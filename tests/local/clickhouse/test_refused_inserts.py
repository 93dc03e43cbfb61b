"""Inserts that parse but cannot be stored: the client hears of it, and nothing is kept."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from local.clickhouse import ClickHouse


def refusal_of(client: Client, table: str, rows: list[list[object]]) -> tuple[int, str]:
    with pytest.raises(DatabaseError) as caught:
        client.insert(table, rows)
    return caught.value.code, caught.value.name


def count(client: Client, table: str) -> object:
    return client.command(f"SELECT count() FROM {table}")


def test_a_violated_constraint(client: Client) -> None:
    client.command("CREATE TABLE t (a UInt32, CONSTRAINT small CHECK a < 10) ENGINE = MergeTree ORDER BY a")
    assert refusal_of(client, "t", [[1], [11]]) == (469, "VIOLATED_CONSTRAINT")
    assert count(client, "t") == 0
    client.insert("t", [[1]])
    assert count(client, "t") == 1


def test_too_many_partitions_in_one_block(client: Client) -> None:
    client.command("CREATE TABLE t (a UInt32) ENGINE = MergeTree PARTITION BY a ORDER BY a")
    assert refusal_of(client, "t", [[n] for n in range(101)]) == (252, "TOO_MANY_PARTS")
    assert count(client, "t") == 0


def test_too_many_parts_in_a_table(client: Client) -> None:
    client.command(
        "CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a "
        "SETTINGS parts_to_throw_insert = 2, parts_to_delay_insert = 0"
    )
    client.command("SYSTEM STOP MERGES t")
    for number in range(2):
        client.insert("t", [[number]])
    assert refusal_of(client, "t", [[2]]) == (252, "TOO_MANY_PARTS")
    assert count(client, "t") == 2


def test_too_little_free_space(client: Client) -> None:
    client.command(
        "CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a "
        f"SETTINGS min_free_disk_bytes_to_perform_insert = {1 << 60}"
    )
    assert refusal_of(client, "t", [[1]]) == (243, "NOT_ENOUGH_SPACE")
    assert count(client, "t") == 0


def test_an_error_in_a_materialized_view(client: Client) -> None:
    client.command("CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a")
    client.command("CREATE MATERIALIZED VIEW v ENGINE = MergeTree ORDER BY b AS SELECT throwIf(a = 7) + a AS b FROM t")
    assert refusal_of(client, "t", [[7]]) == (395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO")


def test_settings_in_the_text_of_an_insert_hold(client: Client) -> None:
    client.command(
        "CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 100"
    )
    for number in range(2):
        client.command(f"INSERT INTO t SETTINGS insert_deduplication_token = 'one' VALUES ({number})")
    assert client.query("SELECT a FROM t").result_rows == [(0,)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB. Only a privileged process may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_full_disk(small_disk: Path) -> None:
    service = ClickHouse(small_disk)
    service.start()
    client = clickhouse_connect.get_client(dsn=service.url)
    client.command("CREATE TABLE t (a UInt64, b String CODEC(NONE)) ENGINE = MergeTree ORDER BY a")
    stored = 0
    with pytest.raises(DatabaseError) as caught:
        for start in range(0, 100_000, 1000):
            client.insert("t", [[start + n, "x" * 1000] for n in range(1000)])
            stored += 1000
    # No room can be reserved; or a merge took it in between, and a write or the making of a directory fails.
    assert caught.value.code in (243, 75, 1001)
    assert count(client, "t") == stored
    client.close()
    service.stop()
