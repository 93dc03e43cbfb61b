"""`masterx sql [STATEMENT]`."""

import sys
from typing import Annotated

import typer

from cli.exits import BAD_INPUT, Failure
from cli.sql.ask import Shape


def sql(
    statement: Annotated[
        str | None, typer.Argument(help="One SQL statement; else standard input, else a prompt.")
    ] = None,
    format: Annotated[Shape, typer.Option("--format", "-f", help="How rows are printed.")] = Shape.table,
) -> None:
    """Ask ClickHouse. Without a statement, and on a terminal, it is a prompt with history."""
    from cli.clickhouse import connected
    from cli.sql.ask import ask
    from cli.sql.prompt import converse
    from config.settings import settings

    chosen = settings()
    interactive = statement is None and sys.stdin.isatty()
    if statement is None and not interactive:
        statement = sys.stdin.read()
    if statement is not None and not statement.strip(" \n\t;"):
        raise Failure(BAD_INPUT, "no statement: give one as an argument or on standard input, such as 'SHOW TABLES'")
    with connected(chosen) as client:
        if statement is None:
            converse(client, chosen, format)
        else:
            ask(client, statement, format)
