"""The official client against the local interface."""

import datetime as dt
import uuid

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError
from clickhouse_connect.driver.external import ExternalData

from local.clickhouse import ClickHouse

COLUMNS = """
    id UInt64, name LowCardinality(String), at DateTime64(6, 'UTC'), scores Array(Float32), note Nullable(String),
    message UUID, weights Map(String, Float64), kind Enum8('x' = 1, 'y' = 2)
"""


def make_row(number: int) -> list[object]:
    at = dt.datetime(2026, 3, 1, 12, 0, 0, number, tzinfo=dt.UTC)
    note = None if number % 2 else f"it's \t {number}\n é"
    return [number, f"n{number % 3}", at, [0.5, number], note, uuid.UUID(int=number), {"a": 1.5}, "xy"[number % 2]]


@pytest.mark.parametrize("compression", [False, "lz4", "zstd", "gzip"])
def test_rows_come_back_as_they_went_in(clickhouse: ClickHouse, database: str, compression: str | bool) -> None:
    client = clickhouse_connect.get_client(dsn=clickhouse.url, database=database, compress=compression)
    client.command(f"CREATE TABLE rows ({COLUMNS}) ENGINE = MergeTree ORDER BY id")
    rows = [make_row(number) for number in range(1000)]
    summary = client.insert("rows", rows)
    assert summary.written_rows == 1000
    got = client.query("SELECT * FROM rows ORDER BY id", column_formats={}, query_tz="UTC").result_rows
    assert [list(row) for row in got] == [
        [*row[:2], row[2].replace(tzinfo=got[0][2].tzinfo), *row[3:]]  # type: ignore[attr-defined]
        for row in rows
    ]
    client.close()


@pytest.mark.parametrize("compression", ["lz4", "zstd", "gzip"])
def test_inserts_of_many_blocks(clickhouse: ClickHouse, database: str, compression: str) -> None:
    client = clickhouse_connect.get_client(dsn=clickhouse.url, database=database, compress=compression)
    client.command("CREATE TABLE wide (id UInt64, text String) ENGINE = MergeTree ORDER BY id")
    context = client.create_insert_context("wide", data=[[n, f"{n}" * 20] for n in range(60_000)])
    context.block_row_count = 10_000
    client.data_insert(context)
    assert client.query("SELECT count(), sum(id), sum(length(text)) FROM wide").result_rows == [
        (60_000, 60_000 * 59_999 // 2, sum(len(str(n)) * 20 for n in range(60_000)))
    ]
    client.close()


@pytest.mark.parametrize("value", ["plain", "it's", 'a "b"', "a\tb\nc\\d", "\\N", "é 漢 🙂", "", "{x:String}", "-- no"])
def test_string_parameters_arrive_unchanged(client: Client, value: str) -> None:
    assert client.query("SELECT {value:String}", parameters={"value": value}).result_rows == [(value,)]


def test_typed_parameters(client: Client) -> None:
    rows = client.query(
        "SELECT {n:UInt32} + 1, {list:Array(String)}, {at:DateTime64(3, 'UTC')} = '2026-01-02 03:04:05.678', "
        "{none:Nullable(String)}",
        parameters={
            "n": 41,
            "list": ["a'b", "c"],
            "at": dt.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=dt.UTC),
            "none": None,
        },
    ).result_rows
    assert rows == [(42, ["a'b", "c"], 1, None)]


@pytest.mark.parametrize(
    ("statement", "code", "name"),
    [
        ("SELECT * FROM missing", 60, "UNKNOWN_TABLE"),
        ("SELEC 1", 62, "SYNTAX_ERROR"),
        ("SELECT missing", 47, "UNKNOWN_IDENTIFIER"),
        ("SELECT throwIf(number = 3) FROM numbers(10)", 395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO"),
        ("SELECT {x:UInt8}", 456, "UNKNOWN_QUERY_PARAMETER"),
        ("USE missing", 81, "UNKNOWN_DATABASE"),
    ],
)
def test_errors_have_clickhouses_code_and_name(client: Client, statement: str, code: int, name: str) -> None:
    with pytest.raises(DatabaseError) as caught:
        client.query(statement)
    assert (caught.value.code, caught.value.name) == (code, name)


def test_an_error_in_an_insert_has_its_code_and_writes_nothing(client: Client) -> None:
    client.command("CREATE TABLE numbers (n UInt8) ENGINE = MergeTree ORDER BY n")
    with pytest.raises(DatabaseError) as caught:
        client.raw_insert("numbers", ["n"], b'{"n": 1}\n{"n": "x"}\n', fmt="JSONEachRow")
    assert caught.value.code == 27
    with pytest.raises(DatabaseError) as caught:
        client.raw_insert("numbers", ["n"], b"not a block", fmt="Native")
    assert caught.value.code == 33
    assert client.command("SELECT count() FROM numbers") == 0


def test_the_handle_works_on_after_an_error(client: Client) -> None:
    for _ in range(3):
        with pytest.raises(DatabaseError):
            client.query("SELECT missing")
        assert client.command("SELECT 1") == 1


def test_unknown_database_and_setting(clickhouse: ClickHouse, client: Client) -> None:
    with pytest.raises(DatabaseError) as caught:
        clickhouse_connect.get_client(dsn=clickhouse.url, database="missing")
    assert caught.value.code == 81
    with pytest.raises(DatabaseError) as caught:
        client.query("SELECT 1", settings={"max_theads": 1})
    assert caught.value.code == 115


def test_another_user_is_refused(clickhouse: ClickHouse) -> None:
    with pytest.raises(DatabaseError) as caught:
        clickhouse_connect.get_client(dsn=clickhouse.url, username="ada", password="x")
    assert caught.value.code == 516


def test_settings_hold_for_their_request_only(client: Client) -> None:
    ask = "SELECT getSetting('max_block_size')"
    default = client.command(ask)
    assert client.command(ask, settings={"max_block_size": 777}) == 777
    assert client.command(ask) == default


@pytest.mark.parametrize("fmt", ["JSONEachRow", "CSV", "TabSeparated", "Values"])
def test_inserts_in_text_formats(client: Client, fmt: str) -> None:
    client.command("CREATE TABLE pairs (a UInt32, b String) ENGINE = MergeTree ORDER BY a")
    block = {
        "JSONEachRow": '{"a": 1, "b": "FORMAT x"}\n{"a": 2, "b": "VALUES"}',
        "CSV": '1,"FORMAT x"\n2,VALUES\n',
        "TabSeparated": "1\tFORMAT x\n2\tVALUES\n",
        "Values": "(1, 'FORMAT x'), (1 + 1, upper('values'))",
    }[fmt]
    client.raw_insert("pairs", ["a", "b"], block, fmt=fmt)
    assert client.query("SELECT a, b FROM pairs ORDER BY a").result_rows == [(1, "FORMAT x"), (2, "VALUES")]


def test_insert_with_values_parameters_and_select(client: Client) -> None:
    client.command("CREATE TABLE pairs (a UInt32, b String) ENGINE = MergeTree ORDER BY a")
    client.command("INSERT INTO pairs (a, b) VALUES (1, 'one'), (2, 'two')")
    client.command("INSERT INTO pairs VALUES ({a:UInt32}, {b:String})", parameters={"a": 3, "b": "it's"})
    client.command("INSERT INTO pairs SELECT a + 10, b FROM pairs WHERE a = 1")
    assert client.query("SELECT * FROM pairs ORDER BY a").result_rows == [
        (1, "one"),
        (2, "two"),
        (3, "it's"),
        (11, "one"),
    ]


def test_materialized_views_see_inserts(client: Client) -> None:
    client.command("CREATE TABLE events (id UInt32, kind String) ENGINE = MergeTree ORDER BY id")
    client.command(
        "CREATE MATERIALIZED VIEW kinds ENGINE = SummingMergeTree ORDER BY kind "
        "AS SELECT kind, count() AS n FROM events GROUP BY kind"
    )
    client.insert("events", [[1, "a"], [2, "b"], [3, "a"]])
    assert client.query("SELECT kind, sum(n) FROM kinds GROUP BY kind ORDER BY kind").result_rows == [
        ("a", 2),
        ("b", 1),
    ]


def test_a_block_sent_twice_with_one_token_counts_once(client: Client) -> None:
    client.command(
        "CREATE TABLE events (id UInt32) ENGINE = MergeTree ORDER BY id "
        "SETTINGS non_replicated_deduplication_window = 100"
    )
    for _ in range(2):
        client.insert("events", [[1], [2]], settings={"insert_deduplication_token": "block-1"})
    assert client.command("SELECT count() FROM events") == 2


def test_a_session_keeps_its_temporary_table_and_settings(clickhouse: ClickHouse) -> None:
    client = clickhouse_connect.get_client(dsn=clickhouse.url, session_id=uuid.uuid4().hex)
    client.command("CREATE TEMPORARY TABLE mine (a UInt8)")
    client.command("INSERT INTO mine VALUES (7)")
    client.command("SET max_block_size = 4321")
    assert client.query("SELECT a, getSetting('max_block_size') FROM mine").result_rows == [(7, 4321)]
    other = clickhouse_connect.get_client(dsn=clickhouse.url, session_id=uuid.uuid4().hex)
    with pytest.raises(DatabaseError) as caught:
        other.query("SELECT a FROM mine")
    assert caught.value.code == 60
    client.close()
    other.close()


def test_external_tables_and_form_encoded_parameters(clickhouse: ClickHouse, client: Client) -> None:
    external = ExternalData(file_name="wanted", data=b"1\n3\n", fmt="TSV", structure="id UInt32")
    rows = client.query("SELECT number FROM numbers(5) WHERE number IN wanted", external_data=external).result_rows
    assert rows == [(1,), (3,)]
    forms = clickhouse_connect.get_client(dsn=clickhouse.url, form_encode_query_params=True)
    assert forms.query("SELECT {a:String}", parameters={"a": "x & y=z"}).result_rows == [("x & y=z",)]
    forms.close()


def test_frames_arrow_streams_and_empty_results(client: Client) -> None:
    assert client.query_df("SELECT number AS n FROM numbers(3)")["n"].tolist() == [0, 1, 2]
    assert client.query_arrow("SELECT number AS n FROM numbers(3)").column("n").to_pylist() == [0, 1, 2]
    with client.query_row_block_stream("SELECT number FROM numbers(200000)") as stream:
        assert sum(len(block) for block in stream) == 200_000
    assert client.query("SELECT number AS n FROM numbers(3) LIMIT 0").column_names == ("n",)
    assert client.query("SELECT 1 WHERE 0").result_rows == []


def test_raw_queries_and_summary(client: Client) -> None:
    assert client.raw_query("SELECT 1 AS a", fmt="JSONEachRow") == b'{"a":1}\n'
    assert client.raw_query("SELECT 1 AS a FORMAT CSVWithNames") == b'"a"\n1\n'
    assert int(client.query("SELECT sum(number) FROM numbers(1000)").summary["read_rows"]) == 1000


async def test_the_asynchronous_client(clickhouse: ClickHouse, database: str) -> None:
    client = await clickhouse_connect.get_async_client(dsn=clickhouse.url, database=database)
    await client.command("CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a")
    await client.insert("t", [[n] for n in range(100)])
    assert (await client.query("SELECT count() FROM t")).result_rows == [(100,)]
    await client.close()
