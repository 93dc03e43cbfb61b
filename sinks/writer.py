"""Writes records to ClickHouse, a batch a table at a time.

A batch that is written again (an answer that got lost, a batch that comes again because another table was away)
carries the same deduplication token and adds nothing. What still comes twice, in batches that are cut differently,
the views count once.
"""

import asyncio
import hashlib
import struct
from array import array
from collections.abc import Sequence
from typing import Any

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DataError
from clickhouse_connect.driver.insert import InsertContext
from clickhouse_connect.driver.transform import NativeTransform

from config.settings import Settings
from pipeline.delivery.record import NotNow, Record
from sinks import tables
from sinks.client import connect, explained
from sinks.columns import Table
from sinks.errors import BadRows, SinkError

# What ClickHouse says of a value it can't store; everything else is no record's fault.
BAD_VALUE = frozenset(
    {
        6,  # CANNOT_PARSE_TEXT
        27,  # CANNOT_PARSE_INPUT_ASSERTION_FAILED
        32,  # ATTEMPT_TO_READ_AFTER_EOF
        33,  # CANNOT_READ_ALL_DATA
        38,  # CANNOT_PARSE_DATE
        41,  # CANNOT_PARSE_DATETIME
        53,  # TYPE_MISMATCH
        69,  # ARGUMENT_OUT_OF_BOUND
        70,  # CANNOT_CONVERT_TYPE
        72,  # CANNOT_PARSE_NUMBER
        117,  # INCORRECT_DATA
        128,  # TOO_LARGE_ARRAY_SIZE
        131,  # TOO_LARGE_STRING_SIZE
        321,  # VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
        376,  # CANNOT_PARSE_UUID
        407,  # DECIMAL_OVERFLOW
        469,  # VIOLATED_CONSTRAINT
        691,  # UNKNOWN_ELEMENT_OF_ENUM
    }
)

# What the client raises for a value that it can't put into its column.
UNFIT = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, struct.error)

Refusals = list[tuple[Record, str, str]]


class UnfitValue(Exception):
    """A batch holds a value that does not fit its column; `judged` when ClickHouse itself says so."""

    def __init__(self, message: str, judged: bool = False) -> None:
        super().__init__(message)
        self.judged = judged


class Writer:
    """Inserts records into the raw tables. `connect` first; several tables may be written at once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: Client | None = None
        self._types: dict[str, list[Any]] = {}

    async def connect(self) -> None:
        """Connect and learn the columns' types. Raises `NotNow` while ClickHouse, or a table in it, is away."""
        try:
            await asyncio.to_thread(self._connect)
        except SinkError as error:
            raise NotNow(str(error)) from error

    async def close(self) -> None:
        """Let go of the connections."""
        client, self._client = self._client, None
        if client is not None:
            await asyncio.to_thread(client.close)

    async def write(self, table: str, records: Sequence[Record]) -> None:
        """Insert `records` into `table`, such as 'raw_attempts'; on return ClickHouse has them.

        Raises `NotNow` when it may have taken none or only some of them: the same records are to come again, and
        again in the same order. Raises `BadRows` with the records that can't be rows once all others are written.
        Raises `LookupError` for a table that there is not.
        """
        target = tables.BY_NAME[table]
        if not records:
            return
        if self._client is None:
            await self.connect()
        try:
            refused = await asyncio.to_thread(self._insert, target, list(records))
        except SinkError as error:
            raise NotNow(str(error)) from error
        except (OSError, MemoryError) as error:
            # This process's own trouble, such as too many open files: no record is at fault.
            raise NotNow(f"the insert into {table} failed: {_line(error)}") from error
        if refused:
            raise BadRows(refused)

    async def write_all(self, records: Sequence[Record]) -> Refusals:
        """Insert records of several topics, each into its table, all tables at once.

        The records that can't be rows come back, each with a reason and what is wrong. Raises `NotNow` as `write`
        does, and `LookupError` for a topic whose records are not stored.
        """
        by_table: dict[str, list[Record]] = {}
        for record in records:
            by_table.setdefault(tables.of_topic(record.topic).name, []).append(record)
        if self._client is None:
            await self.connect()
        outcomes = await asyncio.gather(
            *(self.write(name, batch) for name, batch in by_table.items()), return_exceptions=True
        )
        refused: Refusals = []
        for outcome in outcomes:
            if isinstance(outcome, BadRows):
                refused.extend(outcome.refused)
            elif outcome is not None:
                raise outcome
        return refused

    def _connect(self) -> None:
        client = connect(self._settings)
        try:
            rows = client.query(
                "SELECT table, groupArray(name) FROM system.columns WHERE database = {database:String} GROUP BY table",
                parameters={"database": self._settings.clickhouse_database},
            ).result_rows
            there = {table: set(names) for table, names in rows}
            for table in tables.ALL:
                missing = [name for name in table.names if name not in there.get(table.name, ())]
                if missing:
                    raise SinkError(
                        f"{self._settings.clickhouse_database}.{table.name} has no column {', '.join(missing)}: "
                        "run masterx migrate"
                    )
                context = client.create_insert_context(
                    f"{self._settings.clickhouse_database}.{table.name}", table.names
                )
                self._types[table.name] = list(context.column_types)
        except ClickHouseError as error:
            client.close()
            raise explained(error, self._settings.clickhouse_url) from error
        except SinkError:
            client.close()
            raise
        self._client = client

    def _insert(self, table: Table, records: list[Record]) -> Refusals:
        """Insert what can be inserted. Raises `SinkError` when ClickHouse does not take it."""
        try:
            self._send(table, records)
        except UnfitValue:
            fit, refused = self._sift(table, records)
            return refused + self._insert_by_halves(table, fit)
        return []

    def _sift(self, table: Table, records: list[Record]) -> tuple[list[Record], Refusals]:
        """The records whose values fit their columns, and the others; found without sending anything."""
        try:
            context = self._context(table, records)
            for _ in NativeTransform.build_insert(context):
                pass
            if context.insert_exception is not None:
                raise UnfitValue(_line(context.insert_exception)) from context.insert_exception
        except UnfitValue as error:
            if len(records) == 1:
                return [], [(records[0], "row", f"does not fit {table.name}: {error}")]
            half = len(records) // 2
            fit, refused = self._sift(table, records[:half])
            more_fit, more_refused = self._sift(table, records[half:])
            return fit + more_fit, refused + more_refused
        return records, []

    def _insert_by_halves(self, table: Table, records: list[Record]) -> Refusals:
        """Insert records that only ClickHouse itself can judge, until one that it refuses stands alone."""
        if not records:
            return []
        try:
            self._send(table, records)
        except UnfitValue as error:
            if not error.judged:
                raise SinkError(f"the insert into {table.name} failed: {error}") from error
            if len(records) == 1:
                return [(records[0], "row", f"does not fit {table.name}: {error}")]
            half = len(records) // 2
            return self._insert_by_halves(table, records[:half]) + self._insert_by_halves(table, records[half:])
        return []

    def _context(self, table: Table, records: list[Record]) -> InsertContext:
        """The records as an insert of one block, which is what deduplication goes by."""
        if self._client is None:
            raise SinkError("the writer is closed")
        try:
            context = self._client.create_insert_context(
                f"{self._settings.clickhouse_database}.{table.name}",
                table.names,
                column_types=self._types[table.name],
                column_oriented=True,
                settings={
                    "insert_deduplication_token": token(table.name, records),
                    # A batch that failed in the feed of final windows comes again: the feed is to get it then, though
                    # the raw table may have it. Older servers, such as 25.8, leave it out unless they are told to.
                    "deduplicate_blocks_in_dependent_materialized_views": 1,
                    "async_insert": 0,
                    # Copies are looked for in merges and by the views; doing it at each insert costs it half its time.
                    "optimize_on_insert": 0,
                    # On a sharded cluster: answered once the shards have the rows.
                    "distributed_foreground_insert": 1,
                    # A replay of years has a partition for each month.
                    "max_partitions_per_insert_block": 0,
                },
            )
            context.req_block_size = len(records)
            context.data = table.block(records)
        except UNFIT as error:
            raise UnfitValue(_line(error)) from error
        return context

    def _send(self, table: Table, records: list[Record]) -> None:
        context = self._context(table, records)
        try:
            assert self._client is not None
            self._client.data_insert(context)
        except ClickHouseError as error:
            judged = getattr(error, "code", None) in BAD_VALUE
            if judged or isinstance(error, DataError):
                raise UnfitValue(_line(error), judged) from error
            raise explained(error, self._settings.clickhouse_url) from error
        except UNFIT as error:
            raise UnfitValue(_line(error)) from error


def _line(error: BaseException) -> str:
    name = "" if isinstance(error, ClickHouseError) else f"{type(error).__name__}: "
    return (name + " ".join(str(error).split()))[:300]


def token(table: str, records: Sequence[Record]) -> str:
    """The deduplication token of these records in this order: by where and since when they stand, not by what they say.

    A topic that was made anew has other records at the same places.
    """
    digest = hashlib.sha256(table.encode())
    digest.update("\n".join([record.topic for record in records]).encode())
    digest.update(array("q", [record.partition for record in records]).tobytes())
    digest.update(array("q", [record.offset for record in records]).tobytes())
    digest.update(array("q", [record.appended_at for record in records]).tobytes())
    return digest.hexdigest()
