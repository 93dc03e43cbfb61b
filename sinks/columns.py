"""How a table's columns are filled from records: a column at a time, and no work per cell but the lookup."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from pipeline.delivery.record import Record
from schemas.topics import Topic

Values = list[Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, the event's field that it is from ('' for none), and how a batch's values are got."""

    name: str
    source: str
    values: Callable[[Sequence[Record]], Values]


@dataclass(frozen=True, slots=True)
class Table:
    """A raw table: the topic whose records it holds, and its columns.

    `left_out` names the event's fields that have no column here, each with the reason.
    """

    name: str
    topic: Topic | None
    columns: tuple[Column, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The columns' names, in order."""
        return [column.name for column in self.columns]

    def block(self, records: Sequence[Record]) -> list[Values]:
        """The records as columns: one list a column, as long as `records`.

        Raises `KeyError`, `TypeError` and the like when an event does not fit its schema.
        """
        return [column.values(records) for column in self.columns]

    def row(self, record: Record) -> tuple[Any, ...]:
        """One record as a row."""
        return tuple(values[0] for values in self.block([record]))


def plain(*names: str) -> tuple[Column, ...]:
    """Columns that hold the event's fields of the same names, as they are."""

    def column(name: str) -> Column:
        return Column(name, name, lambda records: [record.event[name] for record in records])

    return tuple(column(name) for name in names)


def parts(source: str, *names: str, prefix: str = "") -> tuple[Column, ...]:
    """Columns that hold the fields `names` of the nested record `source`, named with `prefix` in front."""

    def column(name: str) -> Column:
        return Column(prefix + name, source, lambda records: [record.event[source][name] for record in records])

    return tuple(column(name) for name in names)


def json_text(*names: str) -> tuple[Column, ...]:
    """Columns that hold nested records as JSON; empty where there is none."""

    def text(value: Any) -> str:
        return "" if value is None else orjson.dumps(value).decode()

    def column(name: str) -> Column:
        return Column(name, name, lambda records: [text(record.event[name]) for record in records])

    return tuple(column(name) for name in names)


def computed(name: str, value: Callable[[Record], Any]) -> Column:
    """A column that is worked out record by record: for tables with few rows."""
    return Column(name, "", lambda records: [value(record) for record in records])


POSITION = (
    Column("kafka_topic", "", lambda records: [record.topic for record in records]),
    Column("kafka_partition", "", lambda records: [record.partition for record in records]),
    Column("kafka_offset", "", lambda records: [record.offset for record in records]),
    Column("kafka_appended_at", "", lambda records: [record.appended_at for record in records]),
)
