import json
import uuid

import pytest
from aiokafka.partitioner import murmur2

from cli import exits
from config.settings import settings
from schemas.topics import ALL
from tests.cli.conftest import Masterx

pytestmark = pytest.mark.kafka


def placed(out: str) -> dict[str, object]:
    found = json.loads(out.splitlines()[0])
    assert isinstance(found, dict)
    return found


def test_a_message_from_options_lands_where_every_client_would_put_it(
    masterx: Masterx, services: dict[str, str], learner: str
) -> None:
    done = masterx("produce", "messages", "--learner", learner, "--text", "Why 1/2?", **services)
    assert (done.code, done.err) == (exits.OK, "")
    where = placed(done.out)
    assert where["topic"] == "masterx.messages"
    assert where["partition"] == (murmur2(learner.encode()) & 0x7FFFFFFF) % settings().partitions
    assert where["message_id"] == where["event_id"]
    shown = masterx("tail", "messages", "--no-follow", "--message", str(where["message_id"]), "--json", **services)
    record = json.loads(shown.out)
    assert record["event"]["text"] == "Why 1/2?"
    assert record["key"] == learner
    assert record["headers"]["ce_type"] == "masterx.LearnerMessage"
    assert record["headers"]["ce_id"] == where["event_id"]
    assert record["headers"]["traceparent"].startswith("00-")


def test_an_attempt_from_json_with_an_option_on_top(masterx: Masterx, services: dict[str, str], learner: str) -> None:
    tenant, name = learner.split("/")
    event_id = str(uuid.uuid4())
    event = {
        "event_id": event_id,
        "tenant_id": tenant,
        "learner_id": name,
        "concept_id": "halves",
        "item_id": "h1",
        "correct": True,
        "sent_at": "2024-05-01T10:00:00Z",
    }
    done = masterx("produce", "attempts", "--wrong", "--set", "hints_used=2", stdin=json.dumps(event), **services)
    assert (done.code, placed(done.out)["event_id"]) == (exits.OK, event_id)
    shown = masterx("tail", "attempts", "--no-follow", "--message", event_id, "--json", **services)
    found = json.loads(shown.out)["event"]
    assert (found["correct"], found["hints_used"]) == (False, 2)
    assert found["sent_at"] == 1_714_557_600_000_000


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (("messages", "--learner", "ada"), "", "needs the field text"),
        (("attempts", "--learner", "ada", "--concept", "halves"), "", "needs the field"),
        (("messages", "--learner", "ada", "--text", "hi", "--set", "colour=red"), "", "has no field colour"),
        (("messages",), "{", "not one JSON object"),
        (("messages",), "[1]", "not one JSON object"),
        (("messages", "--learner", "ada", "--text", "hi", "--message", "7"), "", "not a UUID"),
        (
            ("feedback", "--learner", "ada", "--kind", "GREAT", "--message", str(uuid.uuid4())),
            "",
            "not a valid Feedback",
        ),
        (("messages", "--learner", "ada", "--text", "hi", "--set", "sent_at=-99999999999999999"), "", "sent_at"),
        (("messages", "--learner", "ada", "--text", "hi", "--set", "sent_at=999999999999999999"), "", "sent_at"),
        (("messages", "--learner", "ada", "--text", "hi", "--set", "sent_at=1e30"), "", "sent_at"),
        (("messages", "--learner", "ada", "--text", "hi", "--set", "sent_at=yesterday"), "", "no ISO 8601 time"),
        (
            ("messages", "--learner", "ada", "--text", "hi"),
            json.dumps({"language": "x" * 2_000_000}),
            "larger than Kafka",
        ),
        (("messages", "--learner", "ada", "--text", "hi\udcff"), "", "JSON can't say it"),
        (("messages", "--learner", "ada"), '{"text": ' + "[" * 300 + "]" * 300 + "}", "JSON can't say it"),
    ],
)
def test_what_is_no_event_is_one_line_and_code_65(
    masterx: Masterx, services: dict[str, str], arguments: tuple[str, ...], stdin: str, said: str
) -> None:
    done = masterx("produce", *arguments, stdin=stdin, **services)
    assert done.code == exits.BAD_INPUT
    assert said in done.error


ATTEMPT = ("attempts", "--learner", "ada", "--correct", "--item", "h1")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("messages", "--learner", "", "--text", "x"), "(learner_id): learner_id is empty"),
        (("messages", "--learner", "/ada", "--text", "x"), "(tenant_id): tenant_id is empty"),
        (("messages", "--learner", "a/b/c", "--text", "x"), "(learner_id): learner_id may hold neither '/' nor"),
        (("messages", "--learner", "ada", "--text", " "), "(text_empty): the message's text is empty"),
        (
            ("messages", "--learner", "ada", "--text", "x", "--set", "sent_at=0001-01-01T00:00:00Z"),
            "(sent_at): sent_at is",
        ),
        (
            ("messages", "--learner", "ada", "--text", "x", "--set", "sent_at=2999-01-01T00:00:00Z"),
            "(future_clock): sent_at lies",
        ),
        ((*ATTEMPT, "--concept", ""), "(concept): the concept's id is empty"),
        ((*ATTEMPT, "--concept", "halves", "--set", "hints_used=-1"), "(hints): hints_used is -1"),
        (("signals", "--learner", "", "--kind", "TYPING"), "(learner_id): learner_id is empty"),
        (("erasures", "--learner", "", "--set", "requested_by=me"), "(learner_id): learner_id is empty"),
    ],
)
def test_what_the_pipeline_would_refuse_is_not_produced(
    masterx: Masterx, arguments: tuple[str, ...], said: str
) -> None:
    # Nobody listens there: it is refused before anything is sent.
    done = masterx("produce", *arguments, MASTERX_KAFKA_BOOTSTRAP="127.0.0.1:1")
    assert done.code == exits.BAD_INPUT
    assert f"the pipeline would refuse it {said}" in done.error
    assert done.out == ""


def test_a_set_without_a_value_is_wrong_usage(masterx: Masterx, services: dict[str, str]) -> None:
    done = masterx("produce", "messages", "--set", "text", **services)
    assert done.code == exits.USAGE
    assert "FIELD=VALUE" in done.error


@pytest.mark.parametrize("topic", [topic.name for topic in ALL if not topic.from_apps])
def test_topics_of_the_pipeline_are_not_for_apps(masterx: Masterx, topic: str) -> None:
    done = masterx("produce", topic)
    assert done.code == exits.USAGE
    assert "no topic that apps write to" in done.error


def test_without_a_reply_in_time_the_code_is_1(masterx: Masterx, services: dict[str, str], learner: str) -> None:
    done = masterx("produce", "messages", "--learner", learner, "--text", "hi", "--wait", "0.2", **services)
    assert done.code == exits.BAD_RESULT
    assert "no reply within 0.2 s" in done.error
