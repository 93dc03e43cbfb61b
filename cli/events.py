"""Events as people read them: one line each, or whole as JSON."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from confluent_kafka import Message

    from schemas.codec import Event
    from schemas.topics import Topic

TEXT_CHARS = 100


def decoded(topic: "Topic", record: "Message") -> "tuple[Event | None, str]":
    """The event that `record` holds, or None and why it can't be read."""
    from schemas.codec import DecodeError, Origin, decode

    place = f"{record.topic()}/{record.partition()}/{record.offset()}"
    try:
        return decode(topic.event, record.value(), origin=Origin(place, record.timestamp()[1] * 1000)), ""
    except DecodeError as error:
        return None, str(error)


def moment(milliseconds: int) -> str:
    """A broker's timestamp, UTC, to the millisecond."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def short(text: str, chars: int = TEXT_CHARS) -> str:
    """`text` on one line of at most `chars` characters."""
    line = " ".join(text.split())
    return line if len(line) <= chars else line[: chars - 1] + "…"


def summary(record: "Message", topic: "Topic", event: "Event | None", problem: str) -> str:
    """Time, place, learner and what it says."""
    from cli.kafka import headers_of

    place = f"{(record.topic() or '').removeprefix('masterx.')}/{record.partition()}/{record.offset()}"
    key = (record.key() or b"").decode("utf-8", "replace")
    headers = headers_of(record)
    if "dlq_reason" in headers:
        said = f"refused ({headers['dlq_reason'].decode()}): {headers.get('dlq_error', b'').decode('utf-8', 'replace')}"
    elif event is None:
        said = f"can't be read: {problem}"
    else:
        said = SAY.get(topic.event, _fields)(event)
    return f"{moment(record.timestamp()[1])}  {place:<24} {key:<20} {said}"


def as_json(record: "Message", event: "Event | None", problem: str) -> str:
    """Place, key, headers and the whole event; bytes that are no event as hexadecimal."""
    import orjson

    from cli.kafka import headers_of

    whole: dict[str, Any] = {
        "topic": record.topic(),
        "partition": record.partition(),
        "offset": record.offset(),
        "appended_at_ms": record.timestamp()[1],
        "key": (record.key() or b"").decode("utf-8", "replace"),
        "headers": {name: value.decode("utf-8", "replace") for name, value in headers_of(record).items()},
    }
    if event is not None:
        whole["event"] = event
    else:
        whole |= {"error": problem, "bytes": (record.value() or b"").hex()}
    return orjson.dumps(whole, default=_plain).decode()


def _plain(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(type(value).__name__)


def _top(scores: dict[str, float]) -> str:
    return max(scores, key=lambda name: scores[name]) if scores else "-"


def _message(event: "Event") -> str:
    return f'wrote "{short(event["text"])}"'


def _attempt(event: "Event") -> str:
    return f"{'right' if event['correct'] else 'wrong'} on {event['item_id']} ({event['concept_id']})"


def _enriched(event: "Event") -> str:
    return f"{event['task']}; {len(event['pieces'])} pieces of context, budget {event['token_budget']} tokens"


def _scored(event: "Event") -> str:
    emotion = event["emotion"]
    feeling = "can't tell" if emotion["cant_tell"] else f"{_top(emotion['emotions'])}, {_top(emotion['states'])}"
    return f"{feeling}, valence {emotion['valence']:+.2f}; tone {event['plan']['tone']}"


def _response(event: "Event") -> str:
    return f'answer {event["turn"]} by {event["provider"]} in {event["provider_ms"]:.0f} ms: "{short(event["text"])}"'


def _profile(event: "Event") -> str:
    step = event["next_step"]
    following = f"; next {step['kind']} {step['concept_id'] or ''}".rstrip() if step else ""
    return f"revision {event['revision']}: {event['correct']} of {event['attempts']} right{following}"


def _intervention(event: "Event") -> str:
    return f"{event['severity']} {event['kind']} by {event['source']}: {short(event['text'])}"


def _reward(event: "Event") -> str:
    return f"{event['value']:+.2f} for {event['provider']}, closed by {event['closed_by']}"


def _aggregate(event: "Event") -> str:
    start = moment(event["window_start"] // 1000)[:-4]
    counts = ", ".join(f"{name} {count}" for name, count in sorted(event["counts"].items()))
    state = "final" if event["final"] else f"revision {event['revision']}"
    return f"{event['kind']} {event['dimension']} {start} +{event['window_s']} s, {state}: {counts}"


def _fields(event: "Event") -> str:
    """The fields that are set and not part of every event."""
    common = {"event_id", "tenant_id", "learner_id", "session_id", "course_id", "sent_at", "message_id"}
    said = (
        f"{name}={value}" for name, value in event.items() if name not in common and value not in (None, "", {}, [])
    )
    return short(" ".join(said))


SAY: dict[str, Callable[["Event"], str]] = {
    "LearnerMessage": _message,
    "Attempt": _attempt,
    "EnrichedMessage": _enriched,
    "ScoredMessage": _scored,
    "TutorResponse": _response,
    "LearnerProfile": _profile,
    "Intervention": _intervention,
    "Reward": _reward,
    "Aggregate": _aggregate,
}
