"""The AsyncAPI document: whole, its references lead somewhere, and its examples are events."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from docs.asyncapi import document
from pipeline.delivery.headers import TRACE, cloud_event, dead_letter
from schemas import codec, topics

DOCUMENT = document()
MESSAGES = DOCUMENT["components"]["messages"]
EVENTS = sorted(name for name, message in MESSAGES.items() if "examples" in message)


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for inner in part.values():
            yield from references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from references(inner)


def found(reference: str) -> Any:
    place: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        place = place[step.replace("~1", "/").replace("~0", "~")]
    return place


def test_every_topic_and_its_dead_letters_are_channels_with_an_operation() -> None:
    wanted = {name for topic in topics.ALL for name in (topic.name, topic.dlq)}
    assert set(DOCUMENT["channels"]) == wanted
    used = {found(operation["channel"]["$ref"])["address"]: operation for operation in DOCUMENT["operations"].values()}
    assert set(used) == wanted
    received = {name for name, operation in used.items() if operation["action"] == "receive"}
    assert received == {topic.name for topic in topics.ALL if topic.from_apps}


def test_references_lead_somewhere() -> None:
    for reference in set(references(DOCUMENT)):
        assert found(reference)


def test_only_what_needs_bytes_has_no_example() -> None:
    assert set(MESSAGES) - set(EVENTS) == {"DeadLetter", "SharedStatistics"}


@pytest.mark.parametrize("event", EVENTS)
def test_an_example_is_an_event_as_its_json_and_as_its_avro(event: str) -> None:
    (given,) = MESSAGES[event]["examples"]
    read = codec.decode(event, json.dumps(given["payload"]).encode())
    assert given["payload"].items() <= read.items()
    written = codec.encode(event, read)
    assert codec.encode(event, codec.decode(event, written)) == written


@pytest.mark.parametrize("event", EVENTS)
def test_a_spoilt_example_is_refused(event: str) -> None:
    with pytest.raises(codec.DecodeError):
        codec.decode(event, json.dumps(MESSAGES[event]["examples"][0]["payload"] | {"event_id": 7}).encode())


def test_headers_are_those_that_records_carry() -> None:
    example = MESSAGES["LearnerMessage"]["examples"][0]["payload"]
    event = codec.decode("LearnerMessage", json.dumps(example).encode())
    carried = cloud_event(topics.MESSAGES, event, "app", {TRACE: b"00-0-0-01"})
    described = DOCUMENT["components"]["messageTraits"]["cloudEvent"]["headers"]["properties"]
    assert {name for name, _ in carried} == set(described)


def test_dead_letters_headers_are_those_that_they_carry() -> None:
    carried = dead_letter(
        [],
        topic="t",
        partition=0,
        offset=1,
        stage="s",
        reason="r",
        error="e",
        attempt=1,
        left_out=b"x",
        own_key=b"k",
    )
    assert {name for name, _ in carried} == set(MESSAGES["DeadLetter"]["headers"]["properties"])
