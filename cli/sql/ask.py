"""One statement to ClickHouse, its rows as a table, CSV or JSON."""

import re
import sys
from enum import StrEnum
from typing import TYPE_CHECKING

from cli.screen import note, table

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

ROWS = re.compile(r"\s*(\(|(select|with|show|describe|desc|explain|exists|values|from)\b)", re.IGNORECASE)
OWN_FORMAT = re.compile(r"\bformat\s+\w+\s*$", re.IGNORECASE)
NUMERIC = re.compile(r"(LowCardinality\(|Nullable\()*(U?Int|Float|Decimal)")
COMMENTS = re.compile(r"\A(\s*(--[^\n]*(\n|\Z)|/\*.*?\*/))+", re.DOTALL)


class Shape(StrEnum):
    """How rows are printed."""

    table = "table"
    csv = "csv"
    json = "json"


FORMATS = {Shape.csv: "CSVWithNames", Shape.json: "JSONEachRow"}


def ask(client: "Client", statement: str, shape: Shape) -> None:
    """Run `statement` and print its rows. Raises what `clickhouse_connect` raises.

    A statement with a FORMAT clause of its own is printed as it comes.
    """
    statement = statement.strip().rstrip(";").strip()
    bare = COMMENTS.sub("", statement)
    if not ROWS.match(bare):
        client.command(statement)
        note("done")
    elif OWN_FORMAT.search(bare) or shape is not Shape.table:
        chosen = None if OWN_FORMAT.search(bare) else FORMATS[shape]
        sys.stdout.flush()
        # Bytes, not text: a chunk may end within a character, and a format of its own need not be text at all.
        with client.raw_stream(statement, fmt=chosen) as stream:
            while chunk := stream.read(1 << 16):
                sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
    else:
        _print_table(client.raw_query(statement, fmt="JSONCompactStringsEachRowWithNamesAndTypes"))


def _print_table(raw: bytes) -> None:
    import orjson

    names, types, *rows = (orjson.loads(line) for line in raw.splitlines())
    table(names, rows, numeric=[NUMERIC.match(kind) is not None for kind in types])
    note(f"{len(rows)} row{'' if len(rows) == 1 else 's'}")
