import csv
import io
import json

import pytest

from cli import exits
from tests.cli.conftest import Masterx

pytestmark = pytest.mark.stack

PAIRS = "SELECT number AS n, concat('item ', toString(number)) AS name FROM numbers(3)"


def test_rows_come_as_a_table_with_their_count(masterx: Masterx, services: dict[str, str]) -> None:
    done = masterx("sql", PAIRS, **services)
    assert done.code == exits.OK
    assert [line.split() for line in done.out.splitlines() if "item" in line] == [
        ["0", "item", "0"],
        ["1", "item", "1"],
        ["2", "item", "2"],
    ]
    assert done.err == "3 rows\n"


def test_rows_come_as_csv_with_a_header(masterx: Masterx, services: dict[str, str]) -> None:
    done = masterx("sql", PAIRS, "--format", "csv", **services)
    assert list(csv.reader(io.StringIO(done.out))) == [["n", "name"], ["0", "item 0"], ["1", "item 1"], ["2", "item 2"]]
    assert done.err == ""


def test_rows_come_as_json_one_object_a_line(masterx: Masterx, services: dict[str, str]) -> None:
    done = masterx("sql", PAIRS, "-f", "json", **services)
    assert [json.loads(line)["name"] for line in done.out.splitlines()] == ["item 0", "item 1", "item 2"]


@pytest.mark.parametrize("shape", ["csv", "json"])
def test_every_character_of_a_long_result_comes_whole(masterx: Masterx, services: dict[str, str], shape: str) -> None:
    done = masterx("sql", "SELECT repeat('é€', 7) AS word FROM numbers(20000)", "-f", shape, **services)
    assert done.out.count("é€" * 7) == 20000
    assert "�" not in done.out


def test_a_statement_comes_from_standard_input(masterx: Masterx, services: dict[str, str]) -> None:
    done = masterx("sql", "--format", "csv", stdin="-- how many\nSELECT 7 AS n;\n", **services)
    assert done.out == '"n"\n7\n'


@pytest.mark.parametrize("ending", ["FORMAT TSV", "FORMAT TSV SETTINGS max_threads = 1"])
def test_a_format_of_its_own_is_kept(masterx: Masterx, services: dict[str, str], ending: str) -> None:
    assert masterx("sql", f"SELECT 1 AS a, 2 AS b {ending}", **services).out == "1\t2\n"


@pytest.mark.parametrize("shape", ["table", "csv", "json"])
def test_an_empty_result_is_no_error(masterx: Masterx, services: dict[str, str], shape: str) -> None:
    done = masterx("sql", "SELECT text FROM fact_messages WHERE tenant_id = 'nobody'", "-f", shape, **services)
    assert done.code == exits.OK
    assert ("text" in done.out) is (shape != "json")
    assert done.err == ("0 rows\n" if shape == "table" else "")


@pytest.mark.parametrize("columns", ["20", "40", "160"])
def test_a_wide_row_fits_a_narrow_terminal(masterx: Masterx, services: dict[str, str], columns: str) -> None:
    long = ", ".join(f"'{'x' * 30}' AS column_{n}" for n in range(4))
    done = masterx("sql", f"SELECT {long}", **services, COLUMNS=columns)
    assert done.code == exits.OK
    assert max(len(line) for line in done.out.splitlines()) <= int(columns)
    assert done.out.count("x") == 120


def test_a_statement_without_rows_is_run(masterx: Masterx, services: dict[str, str]) -> None:
    table = "cli_tests.made_by_hand"
    assert masterx("sql", f"CREATE TABLE IF NOT EXISTS {table} (n Int32) ENGINE = Memory", **services).err == "done\n"
    assert masterx("sql", f"INSERT INTO {table} VALUES (4), (5)", **services).code == exits.OK
    assert masterx("sql", f"SELECT sum(n) AS s FROM {table}", "-f", "csv", **services).out == '"s"\n9\n'
    assert masterx("sql", f"DROP TABLE {table}", **services).code == exits.OK


@pytest.mark.parametrize("shape", ["table", "csv", "json"])
@pytest.mark.parametrize(
    ("statement", "said"),
    [("SELEC 1", "Syntax error"), ("SELECT nope FROM fact_messages", "nope"), ("SELECT * FROM nope", "nope")],
)
def test_what_clickhouse_refuses_is_one_line_and_code_65(
    masterx: Masterx, services: dict[str, str], statement: str, said: str, shape: str
) -> None:
    done = masterx("sql", statement, "-f", shape, **services)
    assert done.code == exits.BAD_INPUT
    assert said in done.error


@pytest.mark.parametrize("shape", ["table", "csv"])
def test_more_than_one_statement_is_code_65(masterx: Masterx, services: dict[str, str], shape: str) -> None:
    done = masterx("sql", "SELECT 1 AS a; -- and\nSELECT 2 AS b;", "-f", shape, **services)
    assert (done.code, done.out) == (exits.BAD_INPUT, "")
    assert "more than one statement" in done.error


def test_a_semicolon_within_a_text_or_a_comment_ends_nothing(masterx: Masterx, services: dict[str, str]) -> None:
    asked = """SELECT 'it\\'s; so' AS a, /* ; */ ';' AS "b;"; -- ;"""
    assert masterx("sql", asked, "-f", "csv", **services).out == '"a","b;"\n"it\'s; so",";"\n'


@pytest.mark.parametrize("stdin", ["", " ;\n"])
def test_no_statement_at_all_is_code_65(masterx: Masterx, services: dict[str, str], stdin: str) -> None:
    done = masterx("sql", stdin=stdin, **services)
    assert done.code == exits.BAD_INPUT
    assert "no statement" in done.error


def test_a_wrong_format_names_the_right_ones(masterx: Masterx) -> None:
    done = masterx("sql", "SELECT 1", "--format", "xml")
    assert done.code == exits.USAGE
    assert "'table', 'csv', 'json'" in done.error


def test_a_database_that_is_not_there_says_how_to_make_it(masterx: Masterx, services: dict[str, str]) -> None:
    done = masterx(
        "sql", "SELECT count() FROM fact_messages", **{**services, "MASTERX_CLICKHOUSE_DATABASE": "not_there"}
    )
    assert done.code == exits.BAD_INPUT
    assert "masterx migrate" in done.error
