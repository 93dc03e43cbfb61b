"""Records of every topic, made from the events' schemas, so that a new field is in the tests at once."""

import uuid
from typing import Any

from clickhouse_connect.driver.client import Client

from pipeline.delivery.record import Record
from schemas import catalogue, codec
from schemas.codec import Event
from schemas.topics import Topic

START = 1_450_000_000_000_000
SPACE = uuid.UUID("5a6b7c8d-0000-4000-8000-000000000000")


def identity(number: int) -> str:
    """A UUID for a number."""
    return str(uuid.uuid5(SPACE, str(number)))


def event(name: str, number: int, *, sparse: bool = False, **fields: Any) -> Event:
    """A valid event of schema `name`; `sparse` ones have nulls and empty lists wherever they may."""
    made: Event = {
        field["name"]: _value(field["type"], f"{field['name']}-{number}", number, sparse)
        for field in catalogue.declared(name)["fields"]
    }
    if "learner_id" in made:
        made["tenant_id"], made["learner_id"] = "tenant", f"learner-{number % 3}"
    made.update(fields)
    return codec.decode(name, codec.encode(name, made))


def record(topic: Topic, number: int, *, offset: int | None = None, sparse: bool = False, **fields: Any) -> Record:
    """The record number `number` of `topic`."""
    return placed(topic, event(topic.event, number, sparse=sparse, **fields), number if offset is None else offset)


def placed(topic: Topic, body: Event, offset: int, partition: int = 0) -> Record:
    """`body` as it would stand in `topic`."""
    key = f"{body.get('tenant_id')}/{body.get('learner_id')}".encode()
    return Record(topic.name, partition, offset, key, body, START + offset * 1000)


def twice(records: list[Record]) -> list[list[Record]]:
    """Batches in which every record comes again, later."""
    again = [Record(r.topic, r.partition, r.offset + 100, r.key, r.event, r.appended_at) for r in records]
    return [records, again]


def rows(client: Client, query: str) -> list[tuple[Any, ...]]:
    """What a query gives."""
    return [tuple(row) for row in client.query(query).result_rows]


def _value(kind: Any, text: str, number: int, sparse: bool) -> Any:
    if isinstance(kind, list):
        return None if sparse else _value(kind[1], text, number, sparse)
    if isinstance(kind, str):
        simple = {"string": text, "boolean": number % 2 == 1, "bytes": bytes([number % 256, 255, 0])}
        return simple.get(kind, number + 3 if kind in ("int", "long") else number + 0.5)
    if kind.get("logicalType") == "uuid":
        return str(uuid.uuid5(SPACE, text))
    if kind.get("logicalType") == "timestamp-micros":
        return START + number * 1_000_000 + 7
    if kind["type"] == "array":
        return [] if sparse else [_value(kind["items"], f"{text}-{i}", number + i, i == 1) for i in range(2)]
    if kind["type"] == "map":
        return {} if sparse else {f"{text}-{i}": _value(kind["values"], text, number + i, False) for i in range(2)}
    if kind["type"] == "enum":
        return kind["symbols"][number % len(kind["symbols"])]
    return {part["name"]: _value(part["type"], f"{text}-{part['name']}", number, sparse) for part in kind["fields"]}
