"""What a learner's stream shows of an event."""

from typing import Any

from gateway.cursor import INTERVENTION, RESPONSE
from schemas import topics
from schemas.codec import Event

# What only staff see: the learner is helped by people, not by being told that they are worried.
STAFF_ONLY = frozenset({"crisis", "disengagement"})
KINDS = {topics.RESPONSES.name: RESPONSE, topics.INTERVENTIONS.name: INTERVENTION}
TOPICS = {kind: name for name, kind in KINDS.items()}

OF_RESPONSE = (
    *("response_id", "turn", "text", "source", "provider"),
    *("finish_reason", "task", "concepts", "item_id", "missing"),
)
OF_INTERVENTION = ("event_id", "kind", "severity", "text", "source")

Body = dict[str, Any]


def body_of(kind: int, event: Event) -> Body:
    """The frame's fields but for its sequence number and cursor. Times are microseconds since 1970, UTC."""
    common = {name: event[name] for name in ("message_id", "session_id", "course_id", "sent_at")}
    if kind == RESPONSE:
        return {"type": "response", **common, **{name: event[name] for name in OF_RESPONSE}}
    return {"type": "intervention", **common, **{name: event[name] for name in OF_INTERVENTION}}


def is_shown(body: Body, *, staff: bool, session: str | None) -> bool:
    """Whether a stream shows this frame; `session` is the only sitting that it is about, None: all."""
    if not staff and body.get("kind") in STAFF_ONLY:
        return False
    return session is None or body.get("session_id") == session
