import pytest

from local.clickhouse.statement import (
    Insert,
    changes_session,
    first_word,
    has_answer,
    output_format,
    split_insert,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"INSERT INTO t FORMAT Native\n\x00\xff", Insert("INSERT INTO t ", "Native", b"\x00\xff")),
        (b"INSERT INTO t FORMAT CSV 1,2", Insert("INSERT INTO t ", "CSV", b"1,2")),
        (b"insert into t (a, b) values (1, 2)", Insert("insert into t (a, b) ", "Values", b" (1, 2)")),
        (b"INSERT INTO d.format FORMAT TSV\n1", Insert("INSERT INTO d.format ", "TSV", b"1")),
        (b"INSERT INTO values VALUES (1)", Insert("INSERT INTO values ", "Values", b" (1)")),
        (
            b'INSERT INTO t (`format`, "values") SETTINGS async_insert = 0 FORMAT JSONEachRow {}',
            Insert('INSERT INTO t (`format`, "values") ', "JSONEachRow", b"{}", "SETTINGS async_insert = 0 "),
        ),
        (
            b"INSERT INTO t -- FORMAT CSV\n/* VALUES */ FORMAT TSV\nx",
            Insert("INSERT INTO t -- FORMAT CSV\n/* VALUES */ ", "TSV", b"x"),
        ),
        (
            b"INSERT INTO t SETTINGS insert_deduplication_token = 'FORMAT' VALUES (1)",
            Insert("INSERT INTO t ", "Values", b" (1)", "SETTINGS insert_deduplication_token = 'FORMAT' "),
        ),
        (b"INSERT INTO d.settings VALUES (1)", Insert("INSERT INTO d.settings ", "Values", b" (1)")),
        (b"INSERT INTO t FORMAT Native\n", Insert("INSERT INTO t ", "Native", b"")),
    ],
)
def test_insert_splits_before_its_data(text: bytes, expected: Insert) -> None:
    assert split_insert(text) == expected


@pytest.mark.parametrize(
    "text",
    [b"INSERT INTO t SELECT 1 FORMAT CSV", b"INSERT INTO t WITH 1 AS x SELECT x", b"INSERT INTO t FROM INFILE 'x'"],
)
def test_insert_without_data_is_left_whole(text: bytes) -> None:
    assert split_insert(text) is None


@pytest.mark.parametrize(
    ("text", "word"),
    [(b"  select 1", b"SELECT"), (b"-- x\n/* y */ WITH 1", b"WITH"), (b"(SELECT 1)", b"("), (b" ;\n", b""), (b"", b"")],
)
def test_first_word(text: bytes, word: bytes) -> None:
    assert first_word(text) == word


def test_what_gives_an_answer_and_what_changes_a_session() -> None:
    assert has_answer(b"SELECT")
    assert has_answer(b"(")
    assert not has_answer(b"CREATE")
    assert changes_session(b"SET", b"SET a = 1")
    assert changes_session(b"CREATE", b"CREATE TEMPORARY TABLE t (a Int8)")
    assert not changes_session(b"CREATE", b"CREATE TABLE t (a Int8)")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (b"SELECT 1 FORMAT JSON", "JSON"),
        (b"SELECT 1 format csv;\n", "csv"),
        (b"SELECT 1 FORMAT TSV SETTINGS max_threads = 1", "TSV"),
        (b"SELECT 'FORMAT JSON'", None),
        (b"SELECT 1", None),
    ],
)
def test_output_format(text: bytes, name: str | None) -> None:
    assert output_format(text) == name
