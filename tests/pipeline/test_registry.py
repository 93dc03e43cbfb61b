"""Confluent's wire format end to end: bytes with a schema id, and the registry that knows the id."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.ports import free_port
from pipeline.delivery.record import NotNow
from pipeline.registry import Registry
from schemas import catalogue
from schemas.catalogue import UnknownSchemaError
from schemas.codec import DecodeError, decode, encode, encode_confluent
from tests.pipeline.messages import MESSAGE
from tests.pipeline.recorded_registry import BACKEND_ERROR, RecordedRegistry, registered


@pytest.fixture
def recorded() -> Iterator[RecordedRegistry]:
    with RecordedRegistry() as server:
        yield server


@pytest.fixture
def registry(recorded: RecordedRegistry) -> Registry:
    # People paste addresses with a slash at the end.
    return Registry(f"{recorded.url}/")


def without(name: str, *fields: str) -> dict[str, Any]:
    """An app's older schema: `name` before it had these fields."""
    schema = catalogue.declared(name)
    return {**schema, "fields": [field for field in schema["fields"] if field["name"] not in fields]}


def test_an_event_in_the_wire_format_is_read_by_the_schema_of_its_id(
    recorded: RecordedRegistry, registry: Registry
) -> None:
    recorded.holds(7, registered(catalogue.declared("LearnerMessage")))
    payload = encode_confluent("LearnerMessage", MESSAGE, 7)
    assert payload[:5] == b"\x00\x00\x00\x00\x07"
    assert decode("LearnerMessage", payload, registry.schema) == MESSAGE
    assert recorded.asked == ["/schemas/ids/7"]


def test_the_registry_is_asked_once_for_an_id(recorded: RecordedRegistry, registry: Registry) -> None:
    recorded.holds(7, registered(catalogue.declared("LearnerMessage")))
    for _ in range(3):
        decode("LearnerMessage", encode_confluent("LearnerMessage", MESSAGE, 7), registry.schema)
    assert recorded.asked == ["/schemas/ids/7"]


def test_the_writers_schema_counts_and_not_ours(recorded: RecordedRegistry, registry: Registry) -> None:
    older = without("LearnerMessage", "language", "concepts")
    recorded.holds(3, registered(older))
    writer = catalogue.parsed(older)
    known = {field["name"] for field in older["fields"]}
    body = _encoded_by(writer, {name: value for name, value in MESSAGE.items() if name in known})
    assert decode("LearnerMessage", b"\x00\x00\x00\x00\x03" + body, registry.schema) == {
        **MESSAGE,
        "language": None,
        "concepts": [],
    }


def _encoded_by(writer: Any, event: dict[str, Any]) -> bytes:
    import io

    from fastavro import schemaless_writer

    out = io.BytesIO()
    schemaless_writer(out, writer, event)
    return out.getvalue()


def test_an_unknown_id_is_refused_and_remembered_for_a_while(recorded: RecordedRegistry, registry: Registry) -> None:
    for _ in range(2):
        with pytest.raises(UnknownSchemaError, match="no schema id 99"):
            registry.schema(99)
    assert recorded.asked == ["/schemas/ids/99"]
    with pytest.raises(DecodeError) as caught:
        decode("LearnerMessage", encode_confluent("LearnerMessage", MESSAGE, 99), registry.schema)
    assert caught.value.reason == "unknown_schema"


def test_another_events_schema_is_refused(recorded: RecordedRegistry, registry: Registry) -> None:
    recorded.holds(4, registered(catalogue.declared("Feedback")))
    with pytest.raises(DecodeError) as caught:
        decode("LearnerMessage", encode_confluent("LearnerMessage", MESSAGE, 4), registry.schema)
    assert caught.value.reason == "wrong_schema"


@pytest.mark.parametrize(
    "answer",
    [
        registered("string"),
        registered({"type": "string"}),
        registered(["null", "string"]),
        registered('syntax = "proto3"; message Hello {}', schemaType="PROTOBUF"),
        registered({"type": "object", "properties": {}}, schemaType="JSON"),
        registered(
            {"type": "record", "name": "LearnerMessage", "fields": [{"name": "a", "type": "other.Name"}]},
            references=[{"name": "other.Name", "subject": "other", "version": 1}],
        ),
        registered({"type": "record", "fields": []}),
    ],
)
def test_what_is_no_avro_record_that_stands_by_itself_is_refused(
    recorded: RecordedRegistry, registry: Registry, answer: tuple[int, str]
) -> None:
    recorded.holds(5, answer)
    with pytest.raises(DecodeError) as caught:
        decode("LearnerMessage", encode_confluent("LearnerMessage", MESSAGE, 5), registry.schema)
    assert caught.value.reason == "unknown_schema"


@pytest.mark.parametrize(
    "answer",
    [
        BACKEND_ERROR,
        (401, json.dumps({"error_code": 401, "message": "Unauthorized"})),
        (404, "<html>no such page</html>"),
        (404, json.dumps({"error_code": 404, "message": "HTTP 404 Not Found"})),
        (200, "<html>log in first</html>"),
        (200, json.dumps({"subject": "no schema here"})),
        (200, "[]"),
    ],
)
def test_a_registry_that_cant_tell_is_asked_again_later(
    recorded: RecordedRegistry, registry: Registry, answer: tuple[int, str]
) -> None:
    recorded.holds(7, answer)
    with pytest.raises(NotNow):
        registry.schema(7)
    recorded.holds(7, registered(catalogue.declared("LearnerMessage")))
    assert registry.schema(7)["name"] == "masterx.LearnerMessage"


def test_a_registry_that_is_away_is_asked_again_once_it_is_back() -> None:
    port = free_port()
    registry = Registry(f"http://127.0.0.1:{port}")
    with pytest.raises(NotNow, match="does not answer"):
        registry.schema(7)
    with RecordedRegistry(port) as back:
        back.holds(7, registered(catalogue.declared("LearnerMessage")))
        assert decode("LearnerMessage", encode_confluent("LearnerMessage", MESSAGE, 7), registry.schema) == MESSAGE


def test_without_a_registry_the_wire_format_is_refused_and_ours_is_read() -> None:
    with pytest.raises(DecodeError) as caught:
        decode("LearnerMessage", encode_confluent("LearnerMessage", MESSAGE, 7))
    assert caught.value.reason == "unknown_schema"
    assert decode("LearnerMessage", encode("LearnerMessage", MESSAGE)) == MESSAGE
