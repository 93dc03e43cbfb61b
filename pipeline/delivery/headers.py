"""Record headers: CloudEvents' Kafka binding in binary mode, the trace, and where a dead letter came from."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from pipeline.delivery.ports import Headers
from schemas.codec import Event
from schemas.topics import Topic

TRACE = "traceparent"
REROUTED = "masterx_rerouted"
ORIGIN = "masterx_origin"
OWN_KEY = "dlq_key"


def cloud_event(topic: Topic, event: Event, source: str, cause: Mapping[str, bytes]) -> Headers:
    """Headers of an event that stage `source` makes; the trace is the causing record's.

    Raises `ValueError` or `OverflowError` for a `sent_at` that no date from the year 1 to 9999 can say.
    """
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", event["event_id"].encode()),
        ("ce_type", f"masterx.{topic.event}".encode()),
        ("ce_source", f"/masterx/{source}".encode()),
        ("content-type", b"application/avro"),
    ]
    sent_at = event.get("sent_at")
    if sent_at is not None:
        moment = datetime.fromtimestamp(sent_at / 1_000_000, UTC)
        headers.append(("ce_time", moment.isoformat(timespec="microseconds").encode()))
    if TRACE in cause:
        headers.append((TRACE, cause[TRACE]))
    return headers


def dead_letter(
    headers: Iterable[tuple[str, bytes]],
    *,
    topic: str,
    partition: int,
    offset: int,
    stage: str,
    reason: str,
    error: str,
    attempt: int,
    left_out: bytes | None = None,
    own_key: bytes | None = None,
) -> Headers:
    """The record's own headers, and behind them where it stood, who refused it and why.

    `left_out` is a value that is too large for the letter, which then says its size and hash. An empty value without
    these is the record's own. `own_key` is the record's key where the letter has its learner's instead.
    """
    behind = []
    if own_key is not None:
        behind.append((OWN_KEY, own_key))
    if left_out is not None:
        error = f"too large to copy: its {len(left_out)} bytes are left out here; {error}"
        behind += [
            ("dlq_bytes", str(len(left_out)).encode()),
            ("dlq_sha256", hashlib.sha256(left_out).hexdigest().encode()),
        ]
    return [
        *((name, value) for name, value in headers if not name.startswith("dlq_") or name == "dlq_replays"),
        ("dlq_topic", topic.encode()),
        ("dlq_partition", str(partition).encode()),
        ("dlq_offset", str(offset).encode()),
        ("dlq_stage", stage.encode()),
        ("dlq_reason", reason.encode()),
        ("dlq_error", " ".join(error.split())[:1000].encode("utf-8", "replace")),
        ("dlq_attempt", str(attempt).encode()),
        *behind,
    ]
