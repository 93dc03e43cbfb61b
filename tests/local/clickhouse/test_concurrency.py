"""Several processes at once, and what is left after a crash."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import clickhouse_connect
from clickhouse_connect.driver.client import Client

from local.clickhouse import ClickHouse

WRITER = """
import sys, clickhouse_connect
url, database, worker = sys.argv[1], sys.argv[2], int(sys.argv[3])
client = clickhouse_connect.get_client(dsn=url, database=database)
for batch in range(20):
    client.insert("t", [[worker, batch * 50 + n] for n in range(50)])
    rows = client.query("SELECT count() FROM t WHERE worker = {w:UInt32}", parameters={"w": worker}).first_row
    assert rows == (batch * 50 + 50,)
"""


def test_processes_write_and_read_at_the_same_time(clickhouse: ClickHouse, database: str, client: Client) -> None:
    client.command("CREATE TABLE t (worker UInt32, n UInt32) ENGINE = MergeTree ORDER BY (worker, n)")
    workers = [
        subprocess.Popen([sys.executable, "-c", WRITER, clickhouse.url, database, str(worker)]) for worker in range(3)
    ]
    assert [worker.wait(120) for worker in workers] == [0, 0, 0]
    assert client.query("SELECT worker, uniqExact(n) FROM t GROUP BY worker ORDER BY worker").result_rows == [
        (0, 1000),
        (1, 1000),
        (2, 1000),
    ]


def test_answers_are_not_mixed_up(clickhouse: ClickHouse) -> None:
    def ask(thread: int) -> list[bool]:
        own = clickhouse_connect.get_client(dsn=clickhouse.url)
        found = []
        for number in range(60):
            size = 1 + (thread * 60 + number) * 7 % 3000
            sql = "SELECT {n:UInt32} AS n, repeat({c:String}, {size:UInt32}) FROM numbers(3)"
            rows = own.query(sql, parameters={"n": number, "c": "abcdefgh"[thread], "size": size}).result_rows
            found.append(rows == [(number, "abcdefgh"[thread] * size)] * 3)
        own.close()
        return found

    with ThreadPoolExecutor(8) as pool:
        assert all(all(found) for found in pool.map(ask, range(8)))


def test_a_long_statement_does_not_hold_up_others(clickhouse: ClickHouse, client: Client) -> None:
    def sleep() -> int:
        slow = clickhouse_connect.get_client(dsn=clickhouse.url, autogenerate_session_id=False)
        ended = int(
            slow.command("SELECT count() FROM numbers(3) WHERE sleepEachRow(1) = 0 SETTINGS max_block_size = 1")
        )
        slow.close()
        return ended

    with ThreadPoolExecutor() as pool:
        long = pool.submit(sleep)
        time.sleep(0.2)
        for _ in range(5):
            assert client.command("SELECT 1") == 1
        assert not long.done()
        assert long.result() == 3


def test_data_survives_a_stop_and_a_kill(tmp_path: Path) -> None:
    service = ClickHouse(tmp_path)
    service.start()
    client = clickhouse_connect.get_client(dsn=service.url)
    client.command("CREATE DATABASE kept")
    client.command("CREATE TABLE kept.t (a UInt32) ENGINE = MergeTree ORDER BY a")
    client.insert("kept.t", [[n] for n in range(100)])
    service.stop()
    service.start()
    assert client.command("SELECT count() FROM kept.t") == 100
    client.insert("kept.t", [[n] for n in range(100, 150)])
    pid = service.pid
    service.kill()
    service.start()
    assert service.pid != pid
    assert client.command("SELECT count(), max(a) FROM kept.t") == ["150", "149"]
    client.close()
    service.stop()
