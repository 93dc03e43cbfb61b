"""A decision as the sink stores it, explained."""

import asyncio
import json
import uuid

import pytest

from cli import exits
from cli.stack import settings_for
from pipeline.delivery.record import Record
from schemas.codec import Event
from schemas.topics import MESSAGES, PROFILES, RESPONSES, Topic
from sinks.writer import Writer
from tests.cli.conftest import Masterx
from tests.cli.samples import sample

pytestmark = pytest.mark.stack


def store(services: dict[str, str], *events: tuple[Topic, Event]) -> None:
    """Write events as the sink does."""

    async def write() -> None:
        writer = Writer(settings_for(services))
        await writer.connect()
        records = [
            Record(topic.name, 0, uuid.uuid4().int % 2**40, b"key", event, event["sent_at"]) for topic, event in events
        ]
        assert await writer.write_all(records) == []
        await writer.close()

    asyncio.run(write())


def answered(learner: str) -> tuple[Event, Event, Event]:
    """A message, its response and the profile after it."""
    tenant, name = learner.split("/")
    message_id, response_id = str(uuid.uuid4()), str(uuid.uuid4())
    common = {"tenant_id": tenant, "learner_id": name, "message_id": message_id}
    message = {**sample("LearnerMessage"), **common, "event_id": message_id, "text": "why halves?"}
    response = {
        **sample("TutorResponse"),
        **common,
        "event_id": str(uuid.uuid4()),
        "response_id": response_id,
        "text": "Because two make a whole.",
        "message_text": "why halves?",
    }
    profile = {
        **sample("LearnerProfile"),
        **common,
        "event_id": str(uuid.uuid4()),
        "caused_by": response_id,
        "revision": 5,
    }
    return message, response, profile


@pytest.mark.parametrize("by", ["message_id", "response_id"])
def test_the_stored_decision_is_found_by_either_id(
    masterx: Masterx, services: dict[str, str], learner: str, by: str
) -> None:
    message, response, profile = answered(learner)
    store(services, (MESSAGES, message), (RESPONSES, response), (PROFILES, profile))
    done = masterx("explain", response[by], **services)
    assert (done.code, done.err) == (exits.OK, "")
    assert "Because two make a whole." in done.out
    assert message["message_id"] in done.out
    assert "revision 5" in done.out


def test_it_fits_a_narrow_terminal(masterx: Masterx, services: dict[str, str], learner: str) -> None:
    message, response, _ = answered(learner)
    store(services, (MESSAGES, message), (RESPONSES, response))
    done = masterx("explain", message["message_id"], **services, COLUMNS="40")
    assert done.code == exits.OK
    assert max(len(line) for line in done.out.splitlines()) <= 40


def test_the_rows_themselves_come_as_json(masterx: Masterx, services: dict[str, str], learner: str) -> None:
    message, response, _ = answered(learner)
    store(services, (MESSAGES, message), (RESPONSES, response))
    found = json.loads(masterx("explain", message["message_id"], "--json", **services).out)
    assert found["response"]["text"] == "Because two make a whole."
    assert found["message"]["text"] == "why halves?"
    assert found["profile"] is None


def test_a_message_without_an_answer_is_shown_as_such(masterx: Masterx, services: dict[str, str], learner: str) -> None:
    message, _, _ = answered(learner)
    store(services, (MESSAGES, message))
    done = masterx("explain", message["message_id"], **services)
    assert done.code == exits.OK
    assert "none in ClickHouse yet" in done.out


def test_a_message_that_is_not_there_is_code_66(masterx: Masterx, services: dict[str, str]) -> None:
    done = masterx("explain", str(uuid.uuid4()), **services)
    assert done.code == exits.NO_INPUT
    assert "masterx tail" in done.error


def test_what_is_no_id_is_wrong_usage(masterx: Masterx) -> None:
    done = masterx("explain", "seven")
    assert done.code == exits.USAGE
    assert "no message id" in done.error
