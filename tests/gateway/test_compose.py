import uuid

import orjson
import pytest

from gateway.compose import POSTED, body_schema, compose, identity, parse
from gateway.openapi import EXAMPLES
from gateway.principal import Principal
from gateway.refusal import Refusal
from schemas.topics import ATTEMPTS, FEEDBACK, MESSAGES

ADA = Principal("school", "learner", "ada")
STAFF = Principal("school", "staff")


def refused(status: int, *arguments: object) -> str:
    with pytest.raises(Refusal) as found:
        compose(*arguments)  # type: ignore[arg-type]
    assert found.value.status == status
    assert "\n" not in found.value.line
    return found.value.line


def test_a_message_is_its_learners_and_its_ids_are_made_here() -> None:
    event = compose(MESSAGES, {"text": "hello"}, ADA, None)
    assert (event["tenant_id"], event["learner_id"], event["text"]) == ("school", "ada", "hello")
    assert event["message_id"] == event["event_id"]
    assert event != compose(MESSAGES, {"text": "hello"}, ADA, None)


def test_the_same_key_makes_the_same_id_for_one_learner_and_topic_alone() -> None:
    made = {
        identity(topic, key, "k")
        for topic in (MESSAGES, ATTEMPTS)
        for key in (b"school/ada", b"school/ben", b"other/ada")
    }
    assert len(made) == 6
    first, second = (compose(MESSAGES, {"text": "hello"}, ADA, "k")["message_id"] for _ in range(2))
    assert first == second


@pytest.mark.parametrize("key", ["", "x" * 129, "a\nb", "\x00"])
def test_keys_that_are_none(key: str) -> None:
    assert "Idempotency-Key" in refused(400, MESSAGES, {"text": "hello"}, ADA, key)


def test_staff_say_for_whom_and_learners_are_themselves() -> None:
    assert compose(MESSAGES, {"text": "a", "learner_id": "ben"}, STAFF, None)["learner_id"] == "ben"
    refused(403, MESSAGES, {"text": "a"}, STAFF, None)
    refused(403, MESSAGES, {"text": "a", "learner_id": "ben"}, ADA, None)
    refused(403, MESSAGES, {"text": "a", "tenant_id": "other"}, ADA, None)
    refused(422, MESSAGES, {"text": "a", "learner_id": 7}, STAFF, None)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({}, "text"),
        ({"text": 5}, "text"),
        ({"text": "a", "colour": "red"}, "colour"),
        ({"text": "a", "event_id": str(uuid.uuid4())}, "event_id"),
        ({"text": "a", "message_id": str(uuid.uuid4())}, "message_id"),
        ({"text": "a", "session_id": "x"}, "session_id"),
        ({"text": "a", "sent_at": "yesterday"}, "sent_at"),
        ({"text": "a", "concepts": "x"}, "concepts"),
        ({"text": orjson.loads("[" * 300 + "]" * 300)}, "JSON can't say it"),
    ],
)
def test_what_is_no_message_is_refused_with_the_field(raw: dict[str, object], said: str) -> None:
    assert said in refused(422, MESSAGES, raw, ADA, None)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"5", b"\xff", b'{"text": "\\ud800"}'])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(Refusal) as found:
        parse(body)
    assert found.value.status == 400


def test_feedback_names_the_message_it_is_about() -> None:
    about = str(uuid.uuid4())
    assert compose(FEEDBACK, {"message_id": about, "kind": "HELPFUL"}, ADA, None)["message_id"] == about
    assert "kind" in refused(422, FEEDBACK, {"message_id": about, "kind": "NICE"}, ADA, None)


@pytest.mark.parametrize("name", POSTED)
def test_the_documents_examples_are_events_and_hold_what_its_schema_asks_for(name: str) -> None:
    schema = body_schema(POSTED[name])
    assert set(schema["required"]) <= set(EXAMPLES[name]) <= set(schema["properties"])
    compose(POSTED[name], dict(EXAMPLES[name]), ADA, None)
