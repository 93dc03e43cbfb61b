"""Dead letters on a real broker, written as a worker writes them."""

import hashlib
import json
import uuid
from dataclasses import dataclass

import pytest

from cli import exits
from cli.kafka import producer
from cli.stack import settings_for
from pipeline.delivery.headers import dead_letter
from pipeline.delivery.intake import RawRecord, origin_of
from schemas.codec import encode
from schemas.ids import derived
from schemas.topics import BY_NAME
from tests.cli.conftest import Masterx

pytestmark = pytest.mark.kafka


@dataclass(frozen=True)
class Refused:
    """One dead letter as it was written. `reason` is this test's own, so that the list can be narrowed to it."""

    address: str
    reason: str
    offset: int


def refuse(
    services: dict[str, str],
    value: bytes,
    learner: str,
    topic: str = "masterx.messages",
    left_out: bytes | None = None,
    own_key: bytes | None = None,
) -> Refused:
    """Dead-letter `value` as a worker would; with `left_out`, which was too large, in its place."""
    client = producer(settings_for(services))
    reason = f"reason-{uuid.uuid4().hex[:8]}"
    origin = uuid.uuid4().int % 10**12
    headers = dead_letter(
        [("ce_id", b"7"), ("traceparent", b"00-1-2-01")],
        topic=topic,
        partition=3,
        offset=origin,
        stage="context",
        reason=reason,
        error="the text is empty",
        attempt=1,
        left_out=left_out,
        own_key=own_key,
    )
    places: list[str] = []
    client.produce(
        BY_NAME[topic].dlq,
        value,
        learner.encode(),
        headers=headers,
        on_delivery=lambda _error, m: places.append(f"{topic.removeprefix('masterx.')}/{m.partition()}/{m.offset()}"),
    )
    client.flush(10)
    return Refused(places[0], reason, origin)


def listed(masterx: Masterx, services: dict[str, str], reason: str, *more: str) -> list[dict[str, object]]:
    done = masterx("dlq", "list", "--reason", reason, "--json", *more, **services)
    assert done.code == exits.OK
    return [json.loads(line) for line in done.out.splitlines()]


def test_the_list_says_where_it_was_and_why(masterx: Masterx, services: dict[str, str], learner: str) -> None:
    letter = refuse(services, b"\x01\x02", learner)
    [found] = listed(masterx, services, letter.reason)
    assert found["address"] == letter.address
    assert found["origin"] == {"topic": "masterx.messages", "partition": 3, "offset": letter.offset}
    assert (found["stage"], found["error"], found["replays"], found["replayed_as"]) == (
        "context",
        "the text is empty",
        0,
        [],
    )


@pytest.mark.parametrize("columns", ["40", "160"])
def test_the_list_fits_the_terminal(masterx: Masterx, services: dict[str, str], learner: str, columns: str) -> None:
    letter = refuse(services, b"\x01\x02", learner)
    done = masterx("dlq", "list", "messages", "--reason", letter.reason, **services, COLUMNS=columns)
    assert done.code == exits.OK
    assert max(len(line) for line in done.out.splitlines()) <= int(columns)
    assert done.out.count(letter.address) == done.out.count("waiting") == 1


def test_an_empty_list_is_said(masterx: Masterx, services: dict[str, str]) -> None:
    done = masterx("dlq", "list", "--reason", "nobody-gave-this", **services)
    assert (done.err, done.out, done.code) == ("no dead letters that fit\n", "", exits.OK)


def test_undecodable_bytes_are_shown_as_bytes(masterx: Masterx, services: dict[str, str], learner: str) -> None:
    letter = refuse(services, b"\x01\x02ABC", learner)
    done = masterx("dlq", "show", letter.address, **services)
    assert done.code == exits.OK
    assert f"masterx.messages/3/{letter.offset}" in done.out
    assert "01 02 41 42 43" in done.out
    assert "..ABC" in done.out
    assert "traceparent=00-1-2-01" in done.out


def test_json_that_is_nested_too_deeply_is_shown_as_bytes(
    masterx: Masterx, services: dict[str, str], learner: str
) -> None:
    letter = refuse(services, b'{"text": ' + b"[" * 300 + b"]" * 300 + b"}", learner)
    shown = masterx("dlq", "show", letter.address, **services)
    assert shown.code == exits.OK
    assert "610 bytes that can't be read as LearnerMessage" in shown.out


def test_a_key_that_the_record_had_instead_of_its_learner_s_is_shown(
    masterx: Masterx, services: dict[str, str], learner: str
) -> None:
    shown = masterx("dlq", "show", refuse(services, b"x", learner, own_key=b"another").address, **services).out
    assert f"key        {learner}\nhad key    another\n" in shown


def test_json_that_is_no_event_is_shown_as_fields(masterx: Masterx, services: dict[str, str], learner: str) -> None:
    letter = refuse(services, b'{"learner_id": "ada", "txt": "hi"}', learner)
    assert '"txt": "hi"' in masterx("dlq", "show", letter.address, **services).out


def test_replay_sends_the_bytes_untouched_and_marks_the_letter(
    masterx: Masterx, services: dict[str, str], learner: str
) -> None:
    letter = refuse(services, b"\x01\x02ABC", learner)
    done = masterx("dlq", "replay", letter.address, **services)
    assert done.code == exits.OK
    [place] = done.out.split()
    shown = masterx("tail", "messages", "--no-follow", "--learner", learner, "--json", **services)
    record = json.loads(shown.out)
    assert f"{record['topic']}/{record['partition']}/{record['offset']}" == place
    assert record["bytes"] == b"\x01\x02ABC".hex()
    assert record["headers"] == {
        "ce_id": "7",
        "traceparent": "00-1-2-01",
        "masterx_origin": f"3/{letter.offset}",
        "dlq_replays": "1",
    }
    [found] = listed(masterx, services, letter.reason)
    assert found["replayed_as"] == [place]
    assert listed(masterx, services, letter.reason, "--waiting") == []


def test_a_value_that_was_too_large_is_to_be_read_where_it_stands(
    masterx: Masterx, services: dict[str, str], learner: str
) -> None:
    letter = refuse(services, b"", learner, "masterx.signals", left_out=b"12345")
    digest = hashlib.sha256(b"12345").hexdigest()
    where = f"its 5 bytes (sha256 {digest}) were too large to copy: read them at masterx.signals/3/{letter.offset}"
    assert f"value      {where}" in masterx("dlq", "show", letter.address, **services).out
    [found] = listed(masterx, services, letter.reason)
    assert found["left_out"] == where
    for command in (("replay", letter.address), ("repair", letter.address, "--set", "kind=SESSION_OPENED")):
        done = masterx("dlq", *command, **services)
        assert (done.code, done.out) == (exits.BAD_INPUT, "")
        assert f"{letter.address} can't be sent again: {where} and send them yourself" in done.error
    done = masterx("dlq", "replay", "--topic", "signals", "--reason", letter.reason, **services)
    assert (done.code, done.out) == (exits.OK, "")
    assert f"{letter.address} is not sent again: {where}" in done.err
    assert listed(masterx, services, letter.reason, "--waiting")


def test_replay_of_a_topic_sends_what_waits_once(masterx: Masterx, services: dict[str, str], learner: str) -> None:
    letter = refuse(services, b"x", learner, "masterx.feedback")
    narrowed = ("--topic", "feedback", "--reason", letter.reason)
    assert len(masterx("dlq", "replay", *narrowed, **services).out.split()) == 1
    assert masterx("dlq", "replay", *narrowed, **services).out == ""
    assert len(masterx("dlq", "replay", *narrowed, "--again", **services).out.split()) == 1


def test_an_event_that_leaves_its_id_out_has_the_same_one_each_time_it_is_sent_again(
    masterx: Masterx, services: dict[str, str], learner: str
) -> None:
    # The stages that had taken it know it by that id: as another one it would count a second time.
    tenant, name = learner.split("/")
    letter = refuse(services, json.dumps({"tenant_id": tenant, "learner_id": name, "text": "hi"}).encode(), learner)
    for _ in range(2):
        assert masterx("dlq", "replay", letter.address, **services).code == exits.OK
    assert masterx("dlq", "repair", letter.address, "--set", "text=hello", **services).code == exits.OK
    shown = masterx("tail", "messages", "--no-follow", "--learner", learner, "--json", **services)
    records = [json.loads(line) for line in shown.out.splitlines()]
    ids = [
        origin_of(
            RawRecord(
                one["topic"],
                one["partition"],
                one["offset"],
                None,
                None,
                0,
                tuple((name, value.encode()) for name, value in one["headers"].items()),
            )
        ).place
        for one in records
    ]
    assert ids == [f"masterx.messages/3/{letter.offset}"] * 3
    assert records[-1]["event"]["event_id"] == derived(ids[0], "json")


def test_a_repaired_event_goes_to_its_topic_whole(masterx: Masterx, services: dict[str, str], learner: str) -> None:
    tenant, name = learner.split("/")
    letter = refuse(services, json.dumps({"learner_id": name, "txt": "hi"}).encode(), "nobody")
    mended = ("dlq", "repair", letter.address, "--set", f"tenant_id={tenant}", "--set", "text=hi", "--remove", "txt")
    tried = masterx(*mended, "--dry-run", **services)
    assert (tried.code, json.loads(tried.out)["text"]) == (exits.OK, "hi")
    assert listed(masterx, services, letter.reason, "--waiting")
    done = masterx(*mended, **services)
    assert done.code == exits.OK
    shown = masterx("tail", "messages", "--no-follow", "--learner", learner, "--json", **services)
    record = json.loads(shown.out)
    assert (record["event"]["text"], record["key"]) == ("hi", learner)
    assert not listed(masterx, services, letter.reason, "--waiting")


def test_a_repair_that_does_not_suffice_is_one_line(masterx: Masterx, services: dict[str, str], learner: str) -> None:
    letter = refuse(services, b"{}", learner)
    done = masterx("dlq", "repair", letter.address, "--set", "text=hi", **services)
    assert done.code == exits.BAD_INPUT
    assert "needs the field tenant_id" in done.error


def test_a_decodable_event_keeps_what_is_not_changed(masterx: Masterx, services: dict[str, str], learner: str) -> None:
    tenant, name = learner.split("/")
    event_id = str(uuid.uuid4())
    event = {
        "event_id": event_id,
        "tenant_id": tenant,
        "learner_id": name,
        "sent_at": 9_000_000_000_000_000,
        "message_id": event_id,
        "text": "from the future",
    }
    letter = refuse(services, encode("LearnerMessage", event), learner)
    done = masterx("dlq", "repair", letter.address, "--set", "sent_at=2024-05-01T10:00:00Z", **services)
    assert done.code == exits.OK
    record = json.loads(masterx("tail", "messages", "--no-follow", "--learner", learner, "--json", **services).out)
    assert record["event"]["message_id"] == event_id
    assert record["event"]["sent_at"] == 1_714_557_600_000_000


@pytest.mark.parametrize("command", ["show", "repair", "replay"])
def test_a_letter_that_is_not_there_is_code_66(masterx: Masterx, services: dict[str, str], command: str) -> None:
    done = masterx("dlq", command, "messages/0/999999999", **services)
    assert done.code == exits.NO_INPUT
    assert "no dead letter at messages/0/999999999" in done.error


@pytest.mark.parametrize("address", ["messages", "messages/0", "messages/a/b"])
def test_a_wrong_address_is_wrong_usage(masterx: Masterx, services: dict[str, str], address: str) -> None:
    done = masterx("dlq", "show", address, **services)
    assert done.code == exits.USAGE
    assert "TOPIC/PARTITION/OFFSET" in done.error


def test_replay_asks_which(masterx: Masterx, services: dict[str, str]) -> None:
    for arguments in ((), ("messages/0/0", "--all"), ("--all", "--topic", "messages")):
        done = masterx("dlq", "replay", *arguments, **services)
        assert done.code == exits.USAGE
        assert "say which" in done.error
