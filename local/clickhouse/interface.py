"""From a request to the engine and back."""

import json
import uuid
from collections.abc import Mapping
from typing import NamedTuple

from local.clickhouse.encodings import encode
from local.clickhouse.engine import Engine, Handle, Result, quoted
from local.clickhouse.errors import ClickHouseError, refusal
from local.clickhouse.requests import Ask, read
from local.clickhouse.sessions import Session, Sessions
from local.clickhouse.statement import (
    Insert,
    changes_session,
    first_word,
    has_answer,
    output_format,
    split_insert,
)
from local.http1 import Request

TOKEN = "insert_deduplication_token"
_TEXT = "text/plain; charset=UTF-8"


class Answer(NamedTuple):
    status: int
    body: bytes
    content_type: str
    headers: list[tuple[str, str]]


def _content_type(name: str) -> str:
    if name.startswith("JSON") and "EachRow" not in name:
        return "application/json; charset=UTF-8"
    if name.startswith("JSON"):
        return "application/x-ndjson; charset=UTF-8"
    if name.startswith("CSV"):
        return "text/csv; charset=UTF-8"
    if name.startswith(("TSV", "TabSeparated")):
        return "text/tab-separated-values; charset=UTF-8"
    if name in ("Native", "RowBinary", "Parquet", "Arrow", "ArrowStream", "ORC"):
        return "application/octet-stream"
    return _TEXT


def _summary(result: Result) -> str:
    return json.dumps(
        {
            "read_rows": str(result.rows_read),
            "read_bytes": str(result.bytes_read),
            "written_rows": str(result.rows_written),
            "written_bytes": str(result.bytes_written),
            "total_rows_to_read": "0",
            "result_rows": str(result.result_rows),
            "result_bytes": str(len(result.body)),
            "elapsed_ns": str(int(result.elapsed * 1e9)),
        },
        separators=(",", ":"),
    )


def _token_into_statement(ask: Ask, word: bytes) -> None:
    # Each insert has another token: as a setting of the connection it would cost each insert a connection of its own,
    # which is several times the insert's own price.
    if word == b"INSERT" and not ask.parameters and TOKEN in ask.settings and split_insert(ask.text) is not None:
        ask.statement_settings[TOKEN] = ask.settings.pop(TOKEN)


def _with_settings(insert: Insert, settings: Mapping[str, str]) -> Insert:
    if not settings:
        return insert
    more = ", ".join(f"{name} = {quoted(value)}" for name, value in settings.items())
    return insert._replace(settings=f"{insert.settings.rstrip()}, {more}" if insert.settings else f"SETTINGS {more}")


class Interface:
    """ClickHouse's HTTP interface over one engine. `answer` blocks; any number of threads may call it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sessions = Sessions()

    def answer(self, request: Request) -> Answer:
        """Run what the request asks. An error becomes an answer with ClickHouse's text, code and status."""
        headers = [
            ("X-ClickHouse-Server-Display-Name", "local"),
            ("X-ClickHouse-Timezone", self._engine.timezone),
        ]
        try:
            ask = read(request)
            headers.append(("X-ClickHouse-Query-Id", ask.query_id or str(uuid.uuid4())))
            result, name = self._run(ask)
        except ClickHouseError as error:
            headers.append(("X-ClickHouse-Exception-Code", str(error.code)))
            return Answer(error.http_status, (error.text + "\n").encode(), _TEXT, headers)
        headers.append(("X-ClickHouse-Summary", _summary(result)))
        if name is not None:
            headers.append(("X-ClickHouse-Format", name))
        body, encoding = encode(result.body, ask.accepted_encodings)
        if encoding:
            headers.append(("Content-Encoding", encoding))
        return Answer(200, body, _content_type(name or ""), headers)

    def _run(self, ask: Ask) -> tuple[Result, str | None]:
        word = first_word(ask.text)
        if not word:
            raise refusal(62, "SYNTAX_ERROR", "Syntax error: Empty query")
        if not ask.session_id:
            return self._run_on_pool(ask, word, None)
        with self._sessions.use(ask.session_id, ask.session_seconds, ask.session_must_exist) as session:
            if session.handle is not None:
                return self._execute(session.handle, ask, word)
            return self._run_on_pool(ask, word, session)

    def _run_on_pool(self, ask: Ask, word: bytes, session: Session | None) -> tuple[Result, str | None]:
        _token_into_statement(ask, word)
        handle = self._engine.acquire(ask.database, ask.settings)
        if not ask.tables and not changes_session(word, ask.text):
            try:
                return self._execute(handle, ask, word)
            finally:
                self._engine.release(handle)
        if session is not None and not ask.tables:
            session.handle = handle
            return self._execute(handle, ask, word)
        try:
            return self._execute(handle, ask, word)
        finally:
            handle.close()

    def _execute(self, handle: Handle, ask: Ask, word: bytes) -> tuple[Result, str | None]:
        for table in ask.tables:
            columns = table.structure
            handle.query(f"CREATE TEMPORARY TABLE `{table.name}` ({columns})", "TabSeparated", {})
            handle.insert(Insert(f"INSERT INTO `{table.name}`", table.format, table.data))
        if word == b"INSERT":
            insert = split_insert(ask.text)
            if insert is not None and not ask.parameters:
                return handle.insert(_with_settings(insert, ask.statement_settings)), None
        try:
            text = ask.text.decode()
        except UnicodeDecodeError as error:
            raise refusal(36, "BAD_ARGUMENTS", f"The statement is not valid UTF-8: {error}") from error
        result = handle.query(text, ask.default_format, ask.parameters)
        return result, (output_format(ask.text) or ask.default_format) if has_answer(word) else None
