"""One statement to ClickHouse, its rows as a table, CSV or JSON."""

import re
import sys
from enum import StrEnum
from typing import TYPE_CHECKING

from cli.exits import BAD_INPUT, Failure
from cli.screen import note, table

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

ROWS = re.compile(r"\s*(\(|(select|with|show|describe|desc|explain|exists|values|from)\b)", re.IGNORECASE)
OWN_FORMAT = re.compile(r"\bformat\s+\w+\s*(\bsettings\s+\w+\s*=.*)?$", re.IGNORECASE | re.DOTALL)
NUMERIC = re.compile(r"(LowCardinality\(|Nullable\()*(U?Int|Float|Decimal)")
# What may hold a semicolon that ends nothing, and the one that ends a statement.
TOKENS = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`[^`]*`|\$\$.*?\$\$|--[^\n]*|/\*.*?\*/|;""", re.DOTALL)
COMMENTS = re.compile(r"\A(\s*(--[^\n]*(\n|\Z)|/\*.*?\*/))+", re.DOTALL)


class Shape(StrEnum):
    """How rows are printed."""

    table = "table"
    csv = "csv"
    json = "json"


FORMATS = {Shape.csv: "CSVWithNames", Shape.json: "JSONEachRow"}


def ask(client: "Client", statement: str, shape: Shape) -> None:
    """Run `statement` and print its rows. Raises what `clickhouse_connect` raises, and `Failure` for more than one.

    A statement with a FORMAT clause of its own is printed as it comes.
    """
    statement = statement.strip().rstrip(";").strip()
    bare = COMMENTS.sub("", statement)
    if not ROWS.match(bare):
        client.command(statement)
        note("done")
        return
    statement, bare = _one(statement), _one(bare)
    if OWN_FORMAT.search(bare) or shape is not Shape.table:
        chosen = None if OWN_FORMAT.search(bare) else FORMATS[shape]
        sys.stdout.flush()
        # Bytes, not text: a chunk may end within a character, and a format of its own need not be text at all.
        with client.raw_stream(statement, fmt=chosen) as stream:
            while chunk := stream.read(1 << 16):
                sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
    else:
        _print_table(client.raw_query(statement, fmt="JSONCompactStringsEachRowWithNamesAndTypes"))


def _one(statement: str) -> str:
    """The statement without its end and the comments behind that. Raises `Failure` for more than one."""
    end = next((found.start() for found in TOKENS.finditer(statement) if found.group() == ";"), len(statement))
    if COMMENTS.sub("", statement[end:].lstrip(" \t\n;")).strip(" \t\n;"):
        raise Failure(BAD_INPUT, "more than one statement: ask them one at a time")
    return statement[:end]


def _print_table(raw: bytes) -> None:
    import orjson

    names, types, *rows = (orjson.loads(line) for line in raw.splitlines())
    table(names, rows, numeric=[NUMERIC.match(kind) is not None for kind in types])
    note(f"{len(rows)} row{'' if len(rows) == 1 else 's'}")
