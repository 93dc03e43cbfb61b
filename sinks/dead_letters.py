"""Dead letters as rows: what was refused, by whom and why, with its bytes untouched.

A dead letter is handed to the writer as a `Record` whose event is `{"payload": bytes}` and whose headers are the
ones that delivery put there (`dlq_topic`, `dlq_reason`, …).
"""

from pipeline.delivery.headers import OWN_KEY
from pipeline.delivery.record import Record
from schemas.ids import derived
from schemas.topics import AGGREGATES, ALERTS, MINUTES, SHARED
from sinks.columns import POSITION, Column, Table, computed

OTHER_KEYS = frozenset(topic.name for topic in (AGGREGATES, ALERTS, MINUTES, SHARED))
"""Topics whose keys hold a slash too, and are not a learner's."""


def origin(record: Record) -> tuple[str, int, int]:
    """Topic, partition and offset of the refused record; the dead letter's own where its headers do not say."""
    return (
        _text(record, "dlq_topic") or record.topic,
        _number(record, "dlq_partition", record.partition),
        _number(record, "dlq_offset", record.offset),
    )


def event_id(record: Record) -> str:
    """The same for every copy of a dead letter; what several stages refused has a letter of each."""
    topic, partition, offset = origin(record)
    return derived(f"{topic}/{partition}/{offset}", "dead_letter", _text(record, "dlq_stage"))


def learner(record: Record) -> tuple[str, str]:
    """Tenant and learner by the letter's key; empty where the key is not a learner's."""
    if origin(record)[0].removesuffix(".DLQ") in OTHER_KEYS:
        return "", ""
    tenant, slash, learner_id = record.key.decode("utf-8", "replace").partition("/")
    return (tenant, learner_id) if slash else ("", "")


def _text(record: Record, name: str) -> str:
    return record.headers.get(name, b"").decode("utf-8", "replace")


def _number(record: Record, name: str, otherwise: int) -> int:
    try:
        return int(record.headers.get(name, b""))
    except ValueError:
        return otherwise


def _own_headers(record: Record) -> dict[str, str]:
    return {name: _text(record, name) for name in record.headers if not name.startswith("dlq_")}


_COLUMNS: tuple[Column, ...] = (
    computed("event_id", event_id),
    computed("tenant_id", lambda record: learner(record)[0]),
    computed("learner_id", lambda record: learner(record)[1]),
    computed("sent_at", lambda record: record.appended_at),
    computed("origin_topic", lambda record: origin(record)[0]),
    computed("origin_partition", lambda record: origin(record)[1]),
    computed("origin_offset", lambda record: origin(record)[2]),
    computed("stage", lambda record: _text(record, "dlq_stage")),
    computed("reason", lambda record: _text(record, "dlq_reason")),
    computed("error", lambda record: _text(record, "dlq_error")),
    computed("attempt", lambda record: _number(record, "dlq_attempt", 1)),
    computed("replays", lambda record: _number(record, "dlq_replays", 0)),
    computed("headers", _own_headers),
    computed("record_key", lambda record: record.headers.get(OWN_KEY, record.key)),
    computed("payload", lambda record: record.event["payload"] or b""),
)

DEAD_LETTERS = Table("raw_dead_letters", None, (*_COLUMNS, *POSITION))
