"""What `curl` and other plain HTTP clients see."""

import gzip
import http.client
import json
import shutil
import subprocess
import uuid
from urllib.parse import urlencode

import pytest

from local.clickhouse import ClickHouse


def call(
    service: ClickHouse, method: str, body: bytes = b"", headers: dict[str, str] | None = None, **options: str
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    connection.request(method, f"/?{urlencode(options)}", body or None, headers or {})
    answer = connection.getresponse()
    result = answer.status, dict(answer.getheaders()), answer.read()
    connection.close()
    return result


def test_query_in_the_url_in_the_body_and_in_both(clickhouse: ClickHouse) -> None:
    assert call(clickhouse, "GET", query="SELECT 1")[2] == b"1\n"
    assert call(clickhouse, "POST", b"SELECT 2")[2] == b"2\n"
    assert call(clickhouse, "POST", b"1 + 2", query="SELECT")[2] == b"3\n"


def test_parameters_and_formats(clickhouse: ClickHouse) -> None:
    status, headers, body = call(
        clickhouse, "POST", b"SELECT {a:String} AS a", param_a="x\\ty", default_format="JSONEachRow"
    )
    assert (status, json.loads(body)) == (200, {"a": "x\ty"})
    assert headers["X-ClickHouse-Format"] == "JSONEachRow"
    _, headers, body = call(clickhouse, "POST", b"SELECT 1 AS a", {"X-ClickHouse-Format": "CSVWithNames"})
    assert (headers["Content-Type"], body) == ("text/csv; charset=UTF-8", b'"a"\n1\n')
    _, headers, body = call(clickhouse, "POST", b"SELECT 1 AS a FORMAT JSON")
    assert json.loads(body)["data"] == [{"a": 1}]
    assert headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        (b"SELECT * FROM missing", 404, "60"),
        (b"SELEC 1", 400, "62"),
        (b"", 400, "62"),
        (b"SELECT throwIf(1)", 500, "395"),
    ],
)
def test_errors_have_a_status_a_code_and_a_text(clickhouse: ClickHouse, text: bytes, status: int, code: str) -> None:
    got, headers, body = call(clickhouse, "POST", text)
    assert (got, headers["X-ClickHouse-Exception-Code"]) == (status, code)
    assert body.startswith(f"Code: {code}. DB::Exception: ".encode())


@pytest.mark.parametrize(
    "failing",
    [
        b"SELECT sleep(100) FORMAT JSONCompactStringsEachRowWithNamesAndTypes",
        b"SELECT throwIf(number = 500000) FROM numbers(1000000) SETTINGS max_block_size = 1000 FORMAT CSVWithNames",
    ],
    ids=["before-a-row", "amid-rows"],
)
@pytest.mark.parametrize("session", [{}, {"session_id": "after-an-error"}], ids=["pool", "session"])
def test_what_an_error_cuts_short_does_not_come_before_the_next_answer(
    clickhouse: ClickHouse, database: str, failing: bytes, session: dict[str, str]
) -> None:
    call(clickhouse, "POST", b"SET max_threads = 1", database=database, **session)
    for _ in range(3):
        assert call(clickhouse, "POST", failing, database=database, **session)[0] != 200
        assert call(clickhouse, "POST", b"SELECT 42", database=database, **session)[2] == b"42\n"


def test_get_may_only_read(clickhouse: ClickHouse) -> None:
    _, headers, body = call(clickhouse, "GET", query="CREATE TABLE never (a UInt8) ENGINE = Memory")
    assert headers["X-ClickHouse-Exception-Code"] == "164", body


def test_summary_and_query_id(clickhouse: ClickHouse) -> None:
    _, headers, _ = call(clickhouse, "POST", b"SELECT sum(number) FROM numbers(500)", query_id="mine")
    assert headers["X-ClickHouse-Query-Id"] == "mine"
    summary = json.loads(headers["X-ClickHouse-Summary"])
    assert summary["read_rows"] == "500"


def test_compressed_requests_and_answers(clickhouse: ClickHouse, database: str) -> None:
    call(clickhouse, "POST", b"CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a", database=database)
    data = gzip.compress(b"\n".join(b"%d" % n for n in range(5000)))
    insert = "INSERT INTO t FORMAT TSV"
    status, _, body = call(clickhouse, "POST", data, {"Content-Encoding": "gzip"}, query=insert, database=database)
    assert (status, body) == (200, b"")
    asked = {"Accept-Encoding": "gzip, br"}
    _, headers, body = call(
        clickhouse, "POST", b"SELECT a FROM t ORDER BY a", asked, database=database, enable_http_compression="1"
    )
    assert headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body).split()[-1] == b"4999"
    _, headers, _ = call(clickhouse, "POST", b"SELECT a FROM t", asked, database=database)
    assert "Content-Encoding" not in headers


def test_sessions_expire_and_can_be_required(clickhouse: ClickHouse) -> None:
    name = uuid.uuid4().hex
    _, headers, _ = call(clickhouse, "POST", b"SELECT 1", session_id=name, session_check="1")
    assert headers["X-ClickHouse-Exception-Code"] == "372"
    call(clickhouse, "POST", b"SET max_block_size = 99", session_id=name)
    ask = b"SELECT getSetting('max_block_size')"
    assert call(clickhouse, "POST", ask, session_id=name, session_check="1")[2] == b"99\n"
    call(clickhouse, "POST", b"SELECT 1", session_id=name, session_timeout="0")
    _, headers, _ = call(clickhouse, "POST", ask, session_id=name, session_check="1")
    assert headers["X-ClickHouse-Exception-Code"] == "372"


@pytest.mark.parametrize("option", ["compress", "decompress"])
def test_the_native_compression_of_the_interface_is_refused(clickhouse: ClickHouse, option: str) -> None:
    status, _, body = call(clickhouse, "POST", b"SELECT 1", None, **{option: "1"})
    assert status == 501
    assert b"use Content-Encoding" in body


def test_other_paths(clickhouse: ClickHouse) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", clickhouse.port, timeout=30)
    for path, status in (("/ping", 200), ("/replicas_status", 200), ("/missing", 404)):
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
    connection.close()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl(clickhouse: ClickHouse, database: str) -> None:
    def curl(*arguments: str, text: str | None = None) -> str:
        command = ["curl", "--silent", "--show-error", f"{clickhouse.url}/?database={database}", *arguments]
        return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout

    assert curl("--data-binary", "CREATE TABLE t (a UInt32, b String) ENGINE = MergeTree ORDER BY a") == ""
    rows = "INSERT INTO t FORMAT CSV\n" + "\n".join(f"{n},row {n}" for n in range(200_000))
    assert curl("--data-binary", "@-", text=rows) == ""
    assert curl("--data-binary", "SELECT count(), max(b) FROM t") == "200000\trow 99999\n"
    assert curl("--compressed", "--data-binary", "SELECT a FROM t ORDER BY a LIMIT 3") == "0\n1\n2\n"
    assert "(UNKNOWN_TABLE)" in curl("--data-binary", "SELECT * FROM missing")
