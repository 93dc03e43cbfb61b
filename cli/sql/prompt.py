"""The interactive prompt: history over sessions, completion of tables and columns."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from cli.sql.ask import Shape, ask

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

    from config.settings import Settings

ENDINGS = frozenset({"exit", "quit", "\\q"})
WORDS = """
SELECT name FROM system.tables WHERE database = {database:String}
UNION DISTINCT
SELECT name FROM system.columns WHERE database = {database:String}
"""


def history_file() -> Path:
    """Where statements are kept between sessions."""
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "masterx" / "sql_history"


def converse(client: "Client", settings: "Settings", shape: Shape) -> None:
    """Read and run statements until `exit` or the end of input; what ClickHouse refuses is said, and it goes on."""
    from clickhouse_connect.driver.exceptions import ClickHouseError
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import WordCompleter
    from prompt_toolkit.history import FileHistory, History, InMemoryHistory

    from cli.clickhouse import failure
    from cli.exits import Failure
    from cli.screen import note
    from sinks.client import explained

    words = client.query(WORDS, parameters={"database": settings.clickhouse_database}).result_columns
    history: History = InMemoryHistory()
    try:
        history_file().parent.mkdir(parents=True, exist_ok=True)
        history = FileHistory(str(history_file()))
    except OSError as error:
        note(f"statements are not kept: {error}")
    session: PromptSession[str] = PromptSession(
        history=history, completer=WordCompleter(list(words[0]) if words else [], ignore_case=True)
    )
    note(f"ClickHouse {client.server_version}, database {settings.clickhouse_database}; SHOW TABLES lists, exit ends")
    while True:
        try:
            statement = session.prompt(f"{settings.clickhouse_database}> ").strip()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        if statement.rstrip(";").lower() in ENDINGS:
            return
        if not statement:
            continue
        try:
            ask(client, statement, shape)
        except Failure as error:
            note(str(error))
        except ClickHouseError as error:
            note(str(failure(explained(error, settings.clickhouse_url))))
