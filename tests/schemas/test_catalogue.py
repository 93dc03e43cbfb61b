"""What every schema keeps to."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastavro.schema import parse_schema, to_parsing_canonical_form

from schemas import catalogue, topics
from schemas.catalogue import UnknownSchemaError

UUIDS = {"event_id", "group_id", "message_id", "session_id", "response_id"}


def kinds(kind: Any) -> list[Any]:
    """The branches of a union; of anything else, itself."""
    return kind if isinstance(kind, list) else [kind]


def records(kind: Any) -> Iterator[dict[str, Any]]:
    """Every record and enum in a type, itself included."""
    for part in kinds(kind):
        if not isinstance(part, dict):
            continue
        if part["type"] in ("record", "enum"):
            yield part
        for inside in (part.get("items"), part.get("values"), *(field["type"] for field in part.get("fields", ()))):
            yield from records(inside)


def fields(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for record in records(catalogue.declared(name)):
        for field in record.get("fields", ()):
            yield f"{record['name']}.{field['name']}", field


def logical_types(field: dict[str, Any]) -> set[str]:
    return {part["logicalType"] for part in kinds(field["type"]) if isinstance(part, dict) and "logicalType" in part}


def test_every_topic_has_a_schema_and_every_schema_a_topic() -> None:
    assert {topic.event for topic in topics.ALL} == set(catalogue.names())


@pytest.mark.parametrize("name", catalogue.names())
def test_a_file_holds_the_record_that_it_is_named_after(name: str) -> None:
    schema = catalogue.declared(name)
    assert (schema["type"], schema["name"], schema["namespace"]) == ("record", name, "masterx")


@pytest.mark.parametrize("name", catalogue.names())
def test_a_schema_is_parsed_once_and_is_the_writers_and_the_readers(name: str) -> None:
    assert parse_schema(catalogue.current(name)) is catalogue.current(name)
    event, written_with = catalogue.by_fingerprint()[catalogue.rabin(catalogue.declared(name))]
    assert event == name
    assert written_with is catalogue.current(name)


@pytest.mark.parametrize("name", catalogue.names())
def test_everything_has_a_doc(name: str) -> None:
    assert all(record.get("doc", "").endswith(".") for record in records(catalogue.declared(name)))
    assert [path for path, field in fields(name) if not field.get("doc")] == []


@pytest.mark.parametrize("name", catalogue.names())
def test_times_are_microseconds_and_ids_are_uuids(name: str) -> None:
    for path, field in fields(name):
        expected = set()
        if field["name"].endswith("_at") or field["name"] == "window_start":
            expected = {"timestamp-micros"}
        elif field["name"] in UUIDS:
            expected = {"uuid"}
        assert logical_types(field) == expected, path


@pytest.mark.parametrize("name", catalogue.names())
def test_every_event_has_an_id_and_a_time(name: str) -> None:
    names = {field["name"] for field in catalogue.declared(name)["fields"]}
    assert "event_id" in names
    assert names & {"sent_at", "window_start"}


@pytest.mark.parametrize("name", catalogue.names())
def test_what_may_be_null_is_null_unless_given_and_an_enum_has_a_default(name: str) -> None:
    for path, field in fields(name):
        if "null" in kinds(field["type"]):
            assert field["type"][0] == "null", path
            assert field["default"] is None, path
    for record in records(catalogue.declared(name)):
        if record["type"] == "enum":
            # Without one, an old reader can't read a new symbol.
            assert record["default"] in record["symbols"]


def test_a_record_means_the_same_wherever_it_is_used() -> None:
    found: dict[str, str] = {}
    for name in catalogue.names():
        for record in records(catalogue.declared(name)):
            form = to_parsing_canonical_form(parse_schema({**record, "namespace": "masterx"}))
            assert found.setdefault(record["name"], form) == form


@pytest.mark.parametrize(
    ("schema", "fingerprint"),
    [
        # The Avro project's own table, share/test/data/schema-tests.txt: signed 64-bit numbers.
        ("null", 7195948357588979594),
        ("boolean", -6970731678124411036),
        ("int", 8247732601305521295),
        ("string", -8142146995180207161),
    ],
)
def test_fingerprints_are_those_of_the_specification(schema: Any, fingerprint: int) -> None:
    assert catalogue.rabin(schema) == fingerprint.to_bytes(8, "little", signed=True)


def test_docs_and_logical_types_do_not_change_a_fingerprint_but_a_field_does() -> None:
    schema = catalogue.declared("LearnerMessage")
    bare = catalogue.without_logical_types({**schema, "doc": "Something else."})
    assert catalogue.rabin(bare) == catalogue.rabin(schema)
    fewer = {**schema, "fields": schema["fields"][:-1]}
    assert catalogue.rabin(fewer) != catalogue.rabin(schema)


def test_schemas_are_found_by_their_fingerprint() -> None:
    known = catalogue.by_fingerprint()
    for name in catalogue.names():
        event, schema = known[catalogue.rabin(catalogue.declared(name))]
        assert (event, schema) == (name, catalogue.current(name))


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownSchemaError, match=r"'Telepathy'; there are Aggregate, Alert, Attempt"):
        catalogue.declared("Telepathy")
