"""Events to bytes and back.

Three encodings are read: Avro single-object (the one written here), Confluent's wire format and plain JSON.
Identifiers are handled as text and timestamps as whole microseconds since the epoch, UTC.
"""

import io
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import orjson
from fastavro import schemaless_reader, schemaless_writer
from fastavro.validation import ValidationError, validate

from schemas import catalogue
from schemas.catalogue import AvroSchema, SchemasAwayError, UnknownSchemaError
from schemas.ids import derived

Event = dict[str, Any]
WriterSchemas = Callable[[int], AvroSchema]

SINGLE_OBJECT_MARKER = b"\xc3\x01"
CONFLUENT_MAGIC = 0
MOST_SHOWN = 100
UUID_TEXT = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class DecodeError(ValueError):
    """The bytes are not a valid event. `reason` is a short word for a header, the message says what is wrong."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class UndecidedError(DecodeError):
    """Whether the bytes are a valid event can't be told now: who may know the writer's schema does not answer."""


class EncodeError(ValueError):
    """The event does not fit its schema."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record stands in its topic, and its append time in microseconds, UTC.

    What a JSON event leaves out follows from it, so that everyone who reads the record, and reads it again, takes it
    for the same one.
    """

    place: str
    at: int


@cache
def _header(name: str) -> bytes:
    return SINGLE_OBJECT_MARKER + catalogue.rabin(catalogue.declared(name))


@cache
def _uuid_fields(name: str) -> tuple[tuple[str, bool], ...]:
    """The top-level fields that hold UUIDs, and whether they may be null."""
    fields = []
    for field in catalogue.declared(name)["fields"]:
        kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
        if any(isinstance(kind, dict) and kind.get("logicalType") == "uuid" for kind in kinds):
            fields.append((field["name"], "null" in kinds))
    return tuple(fields)


def encode(name: str, event: Event) -> bytes:
    """`event` in Avro's single-object encoding. Raises `EncodeError` where it does not fit schema `name`."""
    out = io.BytesIO()
    out.write(_header(name))
    try:
        schemaless_writer(out, catalogue.current(name), event)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise EncodeError(f"not a valid {name}: {error}") from error
    return out.getvalue()


def encode_confluent(name: str, event: Event, schema_id: int) -> bytes:
    """`event` in Confluent's wire format under the registry's `schema_id`. Raises `EncodeError`."""
    return bytes([CONFLUENT_MAGIC]) + schema_id.to_bytes(4, "big") + encode(name, event)[10:]


def decode(
    name: str, payload: bytes | None, registry: WriterSchemas | None = None, origin: Origin | None = None
) -> Event:
    """The event of schema `name` that `payload` holds, whichever of the three encodings it is in.

    `registry` gives the writer's schema for a Confluent schema id and raises `UnknownSchemaError`. `origin` is where
    the bytes were read. Raises `DecodeError`, which is an `UndecidedError` where asking again may help.
    """
    if not payload:
        raise DecodeError("empty", f"no bytes where a {name} was expected")
    if payload.startswith(SINGLE_OBJECT_MARKER):
        event = _decode_single_object(name, payload)
    elif payload[0] == CONFLUENT_MAGIC:
        event = _decode_confluent(name, payload, registry)
    elif payload.lstrip()[:1] == b"{":
        event = _decode_json(name, payload, origin)
    else:
        raise DecodeError("encoding", f"neither Avro nor JSON: starts with {payload[:4].hex()}")
    _check_ids(name, event)
    return event


def _read(name: str, body: bytes, writer: AvroSchema) -> Event:
    stream = io.BytesIO(body)
    reader = catalogue.current(name)
    try:
        event = schemaless_reader(stream, writer, None if writer is reader else reader)
    except Exception as error:  # fastavro raises whatever the malformed bytes led it to
        raise DecodeError("avro", f"not a valid {name}: {type(error).__name__}: {error}") from error
    if stream.tell() != len(body):
        raise DecodeError("avro", f"{len(body) - stream.tell()} bytes left over after a {name}")
    if not isinstance(event, dict):
        raise DecodeError("avro", f"not a record where a {name} was expected")
    return event


def _decode_single_object(name: str, payload: bytes) -> Event:
    mark = payload[2:10]
    try:
        known = catalogue.find(mark)
    except SchemasAwayError as error:
        raise UndecidedError("unknown_schema", str(error)) from error
    if known is None:
        raise DecodeError("unknown_schema", f"no schema has the fingerprint {mark.hex()}")
    event_name, writer = known
    if event_name != name:
        raise DecodeError("wrong_schema", f"a {event_name} where a {name} was expected")
    return _read(name, payload[10:], writer)


def _decode_confluent(name: str, payload: bytes, registry: WriterSchemas | None) -> Event:
    if len(payload) < 6:
        raise DecodeError("encoding", "cut off within Confluent's five-byte header")
    schema_id = int.from_bytes(payload[1:5], "big")
    if registry is None:
        raise DecodeError("unknown_schema", f"schema id {schema_id}, but no schema registry is set")
    try:
        writer = registry(schema_id)
    except UnknownSchemaError as error:
        raise DecodeError("unknown_schema", str(error)) from error
    if writer.get("name", "").rsplit(".", 1)[-1] != name:
        raise DecodeError("wrong_schema", f"a {writer.get('name')} where a {name} was expected")
    return _read(name, payload[5:], writer)


def _decode_json(name: str, payload: bytes, origin: Origin | None) -> Event:
    try:
        raw = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise DecodeError("json", f"not valid JSON: {error}") from error
    event = from_json(name, raw, origin)
    try:
        validate(event, catalogue.current(name))
    except ValidationError as error:
        raise DecodeError("json", f"not a valid {name}: {_misfit(name, error)}") from error
    except RecursionError as error:  # the validator shows a value that does not fit, and can't show this one
        raise DecodeError("json", f"not a valid {name}: a value is nested too deeply") from error
    return event


def _misfit(name: str, error: ValidationError) -> str:
    """Which field does not fit, what it holds, and all that it might have held."""
    if not error.errors:
        return str(error)
    first = error.errors[0]
    kinds = dict.fromkeys(_kind(each.schema) for each in error.errors if each.field == first.field)
    shown = repr(first.datum)
    shown = shown if len(shown) <= MOST_SHOWN else f"{shown[:MOST_SHOWN]}…"
    return f"{first.field.removeprefix(f'masterx.{name}.')} is {shown}, not {' or '.join(kinds)}"


def _kind(schema: Any) -> str:
    if not isinstance(schema, dict):
        return str(schema)
    return f"one of {', '.join(schema['symbols'])}" if schema["type"] == "enum" else str(schema["type"])


def from_fields(name: str, fields: dict[str, Any], origin: Origin | None = None) -> Event:
    """The event that `fields` make, as a reader of their JSON at `origin` would take it. Raises `DecodeError`."""
    try:
        payload = orjson.dumps(fields)
    except orjson.JSONEncodeError as error:  # text that is no Unicode, or values nested too deeply
        raise DecodeError("json", f"not a valid {name}: JSON can't say it: {error}") from error
    return decode(name, payload, origin=origin)


def from_json(name: str, raw: dict[str, Any], origin: Origin | None = None) -> Event:
    """An event from its JSON form: defaults filled in, ISO 8601 times made microseconds, ids where they can be made.

    An app that tries the system by hand may leave out `event_id` (derived from the record's place), `message_id` of a
    LearnerMessage (the event's) and `sent_at` (the append time). What was not read from a topic, and so has no
    `origin`, gets an id at random and the time now. Raises `DecodeError` for missing and for unknown fields.
    """
    fields = {field["name"]: field for field in catalogue.declared(name)["fields"]}
    unknown = sorted(set(raw) - set(fields))
    if unknown:
        raise DecodeError("json", f"{name} has no field {', '.join(unknown)}; it has {', '.join(fields)}")
    event = dict(raw)
    if "event_id" in fields:
        event.setdefault("event_id", derived(origin.place, "json") if origin else str(uuid.uuid4()))
    if name == "LearnerMessage":
        event.setdefault("message_id", event["event_id"])
    if "sent_at" in fields:
        event.setdefault("sent_at", origin.at if origin else int(datetime.now(UTC).timestamp() * 1_000_000))
    for field_name, field in fields.items():
        if field_name in event:
            if _is_timestamp(field["type"]) and isinstance(event[field_name], str):
                event[field_name] = _micros(field_name, event[field_name])
        elif "default" in field:
            event[field_name] = field["default"]
        else:
            raise DecodeError("json", f"{name} needs the field {field_name}")
    return event


def _is_timestamp(kind: Any) -> bool:
    kinds = kind if isinstance(kind, list) else [kind]
    return any(isinstance(part, dict) and part.get("logicalType") == "timestamp-micros" for part in kinds)


def _micros(field: str, text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise DecodeError("json", f"{field} is no ISO 8601 time: {text!r}") from error
    if moment.tzinfo is None:
        raise DecodeError("json", f"{field} names no time zone: {text!r}; put Z behind a time in UTC")
    return round(moment.timestamp() * 1_000_000)


def _check_ids(name: str, event: Event) -> None:
    for field, nullable in _uuid_fields(name):
        value = event.get(field)
        if value is None and nullable:
            continue
        if not isinstance(value, str) or not UUID_TEXT.fullmatch(value):
            raise DecodeError("id", f"{field} is not a UUID: {value!r}")
