"""Dead letters as rows: pure, no database."""

import pytest

from pipeline.delivery.headers import dead_letter
from pipeline.delivery.record import Record
from sinks.dead_letters import DEAD_LETTERS, event_id, learner


def letter(
    offset: int = 5,
    origin: int = 41,
    key: bytes = b"tenant/ann",
    payload: bytes | None = b"\x00\xff",
    left_out: bytes | None = None,
    stage: str = "context",
    topic: str = "masterx.messages",
) -> Record:
    """A dead letter with the headers that delivery puts there."""
    headers = dead_letter(
        [("ce_id", b"x"), ("trace", b"\xff")],
        topic=topic,
        partition=2,
        offset=origin,
        stage=stage,
        reason="avro",
        error="not a valid\nLearnerMessage",
        attempt=3,
        left_out=left_out,
    )
    return Record(f"{topic}.DLQ", 1, offset, key, {"payload": payload}, 1_000, dict(headers))


def row(record: Record) -> dict[str, object]:
    return dict(zip(DEAD_LETTERS.names, DEAD_LETTERS.row(record), strict=True))


def test_origin_and_reason_come_from_the_headers() -> None:
    made = row(letter())
    assert made["origin_topic"] == "masterx.messages"
    assert (made["origin_partition"], made["origin_offset"]) == (2, 41)
    assert (made["stage"], made["reason"], made["attempt"], made["replays"]) == ("context", "avro", 3, 0)
    assert made["error"] == "not a valid LearnerMessage"
    assert (made["kafka_topic"], made["kafka_partition"], made["kafka_offset"]) == ("masterx.messages.DLQ", 1, 5)
    assert made["sent_at"] == 1_000


def test_bytes_are_untouched_and_foreign_headers_kept() -> None:
    made = row(letter())
    assert made["payload"] == b"\x00\xff"
    assert made["record_key"] == b"tenant/ann"
    assert made["headers"] == {"ce_id": "x", "trace": "\ufffd"}
    assert row(letter(payload=None))["payload"] == b""


def test_a_payload_that_was_too_large_is_told_from_one_that_is_empty() -> None:
    made = row(letter(payload=b"", left_out=b"12345"))
    assert made["payload"] == b""
    assert made["error"] == "too large to copy: its 5 bytes are left out here; not a valid LearnerMessage"


def test_copies_of_one_dead_letter_have_one_id() -> None:
    assert event_id(letter(offset=5)) == event_id(letter(offset=9))
    assert event_id(letter(origin=41)) != event_id(letter(origin=42))


def test_of_a_record_that_two_stages_refused_both_letters_stay() -> None:
    assert event_id(letter(stage="context")) != event_id(letter(stage="profile"))


def test_the_learner_is_read_from_the_key_where_it_is_one() -> None:
    assert (row(letter())["tenant_id"], row(letter())["learner_id"]) == ("tenant", "ann")
    other = row(letter(key=b"\xfe junk"))
    assert (other["tenant_id"], other["learner_id"]) == ("", "")


@pytest.mark.parametrize(
    ("topic", "key"), [("masterx.aggregates", b"concept/fractions/60"), ("masterx.alerts", b"errors/provider")]
)
def test_what_is_no_learner_s_is_not_put_down_to_one(topic: str, key: bytes) -> None:
    made = row(letter(topic=topic, key=key))
    assert (made["tenant_id"], made["learner_id"], made["record_key"]) == ("", "", key)
    assert learner(Record(f"{topic}.DLQ", 1, 5, key, {"payload": b""}, 1_000)) == ("", "")


def test_a_record_without_headers_is_its_own_origin() -> None:
    made = row(Record("masterx.signals.DLQ", 6, 7, b"", {"payload": b"x"}, 1_000))
    assert (made["origin_topic"], made["origin_partition"], made["origin_offset"]) == ("masterx.signals.DLQ", 6, 7)
    assert (made["reason"], made["attempt"]) == ("", 1)
