"""The three encodings, defaults, and bytes that are none of them."""

import math
import string
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from schemas import catalogue
from schemas.catalogue import AvroSchema, UnknownSchemaError
from schemas.codec import DecodeError, EncodeError, Event, Origin, decode, encode, encode_confluent, from_fields
from tests.schemas.values import KINDS, full

NAMES = catalogue.names()
# Bytes have no form in JSON.
WITH_JSON = tuple(name for name in NAMES if '"bytes"' not in orjson.dumps(catalogue.declared(name)).decode())
quick = hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])

TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12)
SIMPLE: dict[str, st.SearchStrategy[Any]] = {
    "null": st.none(),
    "string": TEXTS,
    "bytes": st.binary(max_size=12),
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "double": st.floats(allow_nan=False),
}


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Values that fit an Avro type."""
    if isinstance(kind, list):
        return st.one_of(*(values_of(part) for part in kind))
    if isinstance(kind, str):
        return SIMPLE[kind]
    if kind.get("logicalType") == "uuid":
        return st.uuids().map(str)
    if kind["type"] == "record":
        return st.fixed_dictionaries({field["name"]: values_of(field["type"]) for field in kind["fields"]})
    if kind["type"] == "enum":
        return st.sampled_from(kind["symbols"])
    if kind["type"] == "array":
        return st.lists(values_of(kind["items"]), max_size=2)
    if kind["type"] == "map":
        return st.dictionaries(TEXTS, values_of(kind["values"]), max_size=2)
    return SIMPLE[kind["type"]]


def registry_of(name: str) -> Any:
    """A registry that knows one schema, under the id 1."""

    def schema(schema_id: int) -> AvroSchema:
        if schema_id != 1:
            raise UnknownSchemaError(f"no schema id {schema_id}")
        return catalogue.current(name)

    return schema


def reason_of(name: str, payload: bytes | None, registry: Any = None) -> str:
    with pytest.raises(DecodeError) as caught:
        decode(name, payload, registry)
    return caught.value.reason


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_both_avro_encodings_give_back_what_went_in(name: str, kind: str) -> None:
    event = KINDS[kind](catalogue.declared(name))
    assert decode(name, encode(name, event)) == event
    assert decode(name, encode_confluent(name, event, 1), registry_of(name)) == event


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", WITH_JSON)
def test_json_gives_back_what_went_in(name: str, kind: str) -> None:
    event = KINDS[kind](catalogue.declared(name))
    assert decode(name, orjson.dumps(event)) == event


@pytest.mark.parametrize("name", NAMES)
def test_any_event_comes_back_from_any_encoding(name: str) -> None:
    @quick
    @given(values_of(catalogue.declared(name)))
    def comes_back(event: Event) -> None:
        assert decode(name, encode(name, event)) == event
        assert decode(name, encode_confluent(name, event, 1), registry_of(name)) == event
        if name in WITH_JSON and all(map(math.isfinite, numbers_in(event))):
            assert decode(name, orjson.dumps(event)) == event

    comes_back()


def numbers_in(value: Any) -> list[float]:
    """Every float somewhere in a value: JSON has no infinities."""
    if isinstance(value, dict):
        return [number for part in value.values() for number in numbers_in(part)]
    if isinstance(value, list):
        return [number for part in value for number in numbers_in(part)]
    return [value] if isinstance(value, float) else []


def test_the_single_object_header() -> None:
    payload = encode("Signal", full(catalogue.declared("Signal")))
    assert payload[:10] == b"\xc3\x01" + catalogue.rabin(catalogue.declared("Signal"))


def test_what_json_may_leave_out() -> None:
    before = datetime.now(UTC).timestamp() * 1_000_000
    event = decode("LearnerMessage", b'{"tenant_id": "demo", "learner_id": "ada", "text": "hello"}')
    assert event["message_id"] == event["event_id"]
    assert before - 1 <= event["sent_at"] <= datetime.now(UTC).timestamp() * 1_000_000
    assert (event["session_id"], event["language"], event["concepts"]) == (None, None, [])
    other = decode("LearnerMessage", b'{"tenant_id": "demo", "learner_id": "ada", "text": "hello"}')
    assert other["event_id"] != event["event_id"]


def test_what_json_leaves_out_follows_from_the_records_place() -> None:
    payload = b'{"tenant_id": "demo", "learner_id": "ada", "text": "hello"}'
    first, again = (decode("LearnerMessage", payload, origin=Origin("masterx.messages/3/17", 42)) for _ in range(2))
    assert first == again
    assert first["sent_at"] == 42
    assert (
        first["event_id"] != decode("LearnerMessage", payload, origin=Origin("masterx.messages/3/18", 42))["event_id"]
    )


@pytest.mark.parametrize(
    ("written", "micros"),
    [
        ('"2026-01-01T00:00:00Z"', 1_767_225_600_000_000),
        ('"2026-01-01T01:00:00.000001+01:00"', 1_767_225_600_000_001),
        ("1767225600000000", 1_767_225_600_000_000),
    ],
)
def test_times_in_json(written: str, micros: int) -> None:
    text = f'{{"tenant_id": "demo", "learner_id": "ada", "text": "hello", "sent_at": {written}}}'
    assert decode("LearnerMessage", text.encode())["sent_at"] == micros


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (None, "empty"),
        (b"", "empty"),
        (b"hello", "encoding"),
        (b"\x00\x00\x00\x00\x01", "encoding"),
        (b"\xc3\x01", "unknown_schema"),
        (b"\xc3\x01" + bytes(8) + b"x", "unknown_schema"),
        (b"\x00\x00\x00\x00\x02x", "unknown_schema"),
        (b"{", "json"),
        (b'{"text": "\xff"}', "json"),
        (b'{"tenant_id": "demo", "learner_id": "ada"}', "json"),
        (b'{"tenant_id": "demo", "learner_id": "ada", "text": 1}', "json"),
        (b'{"tenant_id": "demo", "learner_id": "ada", "text": "a", "tekst": "b"}', "json"),
        (b'{"tenant_id": "demo", "learner_id": "ada", "text": "a", "sent_at": "today"}', "json"),
        (b'{"tenant_id": "demo", "learner_id": "ada", "text": "a", "sent_at": "2026-01-01T00:00:00"}', "json"),
        (b'{"tenant_id": "demo", "learner_id": "ada", "text": "a", "event_id": "42"}', "id"),
    ],
)
def test_what_is_wrong_is_told_in_a_word(payload: bytes | None, reason: str) -> None:
    assert reason_of("LearnerMessage", payload, registry_of("LearnerMessage")) == reason


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"session_id": 1}, "session_id is 1, not null or string"),
        ({"kind": "x"}, "kind is 'x', not one of TYPING, SESSION_OPENED, SESSION_CLOSED, OTHER"),
        ({"sent_at": 1.5}, "sent_at is 1.5, not long"),
        ({"course_id": ["y" * 200]}, f"course_id is ['{'y' * 98}…, not null or string"),
    ],
)
def test_a_field_that_does_not_fit_is_named_with_all_that_would(given: dict[str, object], said: str) -> None:
    with pytest.raises(DecodeError) as caught:
        from_fields("Signal", {"tenant_id": "t", "learner_id": "l", "kind": "OTHER", **given})
    assert str(caught.value) == f"not a valid Signal: {said}"


@pytest.mark.parametrize("field", ["text", "concepts", "session_id", "sent_at"])
@pytest.mark.parametrize("deep", [300, 1020])
def test_a_value_nested_deeper_than_can_be_shown_is_refused_as_any_other(field: str, deep: int) -> None:
    value = b"[" * deep + b"]" * deep
    given = {"tenant_id": "t", "learner_id": "l", "text": "t", field: orjson.Fragment(value)}
    assert reason_of("LearnerMessage", orjson.dumps(given)) == "json"


@pytest.mark.parametrize("value", ["\udcff", orjson.loads("[" * 300 + "]" * 300)])
def test_fields_that_json_cannot_say_are_no_event(value: object) -> None:
    with pytest.raises(DecodeError, match="JSON can't say it"):
        from_fields("LearnerMessage", {"tenant_id": "t", "learner_id": "l", "text": value})


def test_another_events_bytes_are_refused() -> None:
    signal = full(catalogue.declared("Signal"))
    assert reason_of("LearnerMessage", encode("Signal", signal)) == "wrong_schema"
    confluent = encode_confluent("Signal", signal, 1)
    assert reason_of("LearnerMessage", confluent, registry_of("Signal")) == "wrong_schema"


def test_bytes_left_over_and_bytes_missing_are_refused() -> None:
    payload = encode("Signal", full(catalogue.declared("Signal")))
    assert reason_of("Signal", payload + b"\x00") == "avro"
    assert reason_of("Signal", payload[:-1]) == "avro"


@pytest.mark.parametrize(
    "change", [{"text": None}, {"sent_at": "today"}, {"sent_at": 2**63}, {"concepts": [1]}, {"text": "\ud800"}]
)
def test_an_event_that_does_not_fit_is_not_encoded(change: dict[str, Any]) -> None:
    with pytest.raises(EncodeError, match="not a valid LearnerMessage"):
        encode("LearnerMessage", {**full(catalogue.declared("LearnerMessage")), **change})


def decodes_or_refuses(name: str, payload: bytes) -> None:
    """Fails for every exception but DecodeError."""
    try:
        event = decode(name, payload, registry_of(name))
    except DecodeError as error:
        assert error.reason
        assert str(error)
    else:
        assert isinstance(event, dict)


@hypothesis_settings(max_examples=200, deadline=None)
@given(st.sampled_from(NAMES), st.binary(max_size=80), st.sampled_from(["", "object", "confluent"]))
def test_garbage_is_refused_and_does_nothing_else(name: str, garbage: bytes, header: str) -> None:
    marker = {
        "": b"",
        "object": b"\xc3\x01" + catalogue.rabin(catalogue.declared(name)),
        "confluent": b"\x00\x00\x00\x00\x01",
    }[header]
    decodes_or_refuses(name, marker + garbage)


EXAMPLES = {name: full(catalogue.declared(name)) for name in NAMES}
PAYLOADS = {name: encode(name, event) for name, event in EXAMPLES.items()}
DAMAGE = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=4)


@hypothesis_settings(max_examples=200, deadline=None)
@given(st.sampled_from(NAMES), DAMAGE, st.floats(0, 1))
def test_damaged_events_are_refused_or_read(name: str, damage: list[tuple[float, int]], kept: float) -> None:
    head, body = PAYLOADS[name][:10], bytearray(PAYLOADS[name][10:])
    for place, byte in damage:
        body[int(place * len(body))] = byte
    decodes_or_refuses(name, head + bytes(body[: round(kept * len(body))]))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | TEXTS,
    lambda inside: st.lists(inside, max_size=2) | st.dictionaries(st.text(string.ascii_letters), inside, max_size=2),
    max_leaves=6,
)


@hypothesis_settings(max_examples=200, deadline=None)
@given(st.data())
def test_json_of_any_shape_is_refused_or_read(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(WITH_JSON))
    event: dict[str, Any] = dict(EXAMPLES[name])
    for field in data.draw(st.lists(st.sampled_from(sorted(event)), max_size=3)):
        event[field] = data.draw(JSON_VALUES)
    decodes_or_refuses(name, orjson.dumps(event))
