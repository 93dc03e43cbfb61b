"""The embedded engine: handles to it, each ready for one database and one set of settings.

A handle runs one statement at a time and keeps what `USE` and `SET` did to it, so an idle handle is only given to
a request that asks for the same database and settings; a handle whose session state was changed is not given back.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import chdb

from local.clickhouse.errors import from_engine, refusal
from local.clickhouse.payload import readable_by_path
from local.clickhouse.statement import Insert

_SETTING_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*\Z")

Key = tuple[str, tuple[tuple[str, str], ...]]


class Result(NamedTuple):
    """`body` is in the format asked for; the rest is what `X-ClickHouse-Summary` reports."""

    body: bytes
    result_rows: int = 0
    rows_read: int = 0
    bytes_read: int = 0
    rows_written: int = 0
    bytes_written: int = 0
    elapsed: float = 0.0


def quoted(value: str) -> str:
    """`value` as a string literal."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


class Handle:
    """One connection to the engine, used by one thread at a time. Methods raise `ClickHouseError`."""

    def __init__(self, path: str, key: Key, version: str) -> None:
        self.key = key
        self._version = version
        self._connection = chdb.connect(path)
        database, settings = key
        try:
            if database:
                self._connection.query(f"USE `{database.replace('`', '``')}`")
            if settings:
                self._connection.query("SET " + ", ".join(f"{name} = {quoted(value)}" for name, value in settings))
        except Exception as error:
            self._connection.close()
            raise from_engine(error, version) from error

    def query(self, text: str, output_format: str, parameters: Mapping[str, str]) -> Result:
        """Run a statement; parameter values are in ClickHouse's escaped text form, as HTTP carries them."""
        try:
            answer: Any = self._connection.query(text, output_format, params=dict(parameters))
        except Exception as error:
            # The engine keeps what it had written until then, and puts it before the next answer.
            with suppress(Exception):
                self._connection.query("SELECT 1", "Null")
            raise from_engine(error, self._version) from error
        return Result(
            # A copy: the engine's own view does not keep its buffer alive.
            answer.bytes(),
            answer.rows_read(),
            answer.storage_rows_read(),
            answer.storage_bytes_read(),
            answer.rows_written(),
            answer.bytes_written(),
            answer.elapsed(),
        )

    def insert(self, insert: Insert) -> Result:
        # The binding's own way in, `send_insert`, is silent about errors of storing: a violated constraint, too many
        # parts or partitions, a full disk.
        with readable_by_path(insert.data) as path:
            text = f"{insert.target} FROM INFILE {quoted(path)} {insert.settings} FORMAT {insert.format}"
            result = self.query(text, "Null", {})
        return result._replace(bytes_read=result.bytes_written)

    def close(self) -> None:
        self._connection.close()


class Engine:
    """The engine on one data directory; safe to use from several threads.

    `config` is a configuration file of ClickHouse's. What its users file allows `default` is all that anybody may do.
    """

    def __init__(self, path: str, idle_handles: int = 24, config: Path | None = None) -> None:
        self._path = path if config is None else f"{path}?config-file={config}"
        self._idle_limit = idle_handles
        self._idle: OrderedDict[Key, list[Handle]] = OrderedDict()
        self._idle_count = 0
        self._lock = threading.Lock()
        # Keeps the engine open while no request runs.
        self._anchor = chdb.connect(self._path)
        answer = bytes(self._anchor.query("SELECT version(), timezone()", "TSV").bytes()).decode().split()
        self.version, self.timezone = answer[0], answer[1]

    def acquire(self, database: str, settings: Mapping[str, str]) -> Handle:
        """A handle on `database` with `settings`. Raises `ClickHouseError` when either is unknown."""
        for name in settings:
            if not _SETTING_NAME.match(name):
                raise refusal(115, "UNKNOWN_SETTING", f"Unknown setting '{name}'")
        # `readonly` last: it forbids to change the others.
        key = (database, tuple(sorted(settings.items(), key=lambda item: (item[0] == "readonly", item))))
        with self._lock:
            handles = self._idle.get(key)
            if handles:
                self._idle_count -= 1
                handle = handles.pop()
                if not handles:
                    del self._idle[key]
                return handle
        return Handle(self._path, key, self.version)

    def release(self, handle: Handle) -> None:
        """Take back a handle in the state in which `acquire` gave it."""
        surplus: Handle | None = None
        with self._lock:
            self._idle.setdefault(handle.key, []).append(handle)
            self._idle.move_to_end(handle.key)
            self._idle_count += 1
            if self._idle_count > self._idle_limit:
                oldest = next(iter(self._idle))
                surplus = self._idle[oldest].pop()
                if not self._idle[oldest]:
                    del self._idle[oldest]
                self._idle_count -= 1
        if surplus is not None:
            surplus.close()

    def close(self) -> None:
        with self._lock:
            handles = [handle for group in self._idle.values() for handle in group]
            self._idle.clear()
            self._idle_count = 0
        for handle in handles:
            handle.close()
        self._anchor.close()
