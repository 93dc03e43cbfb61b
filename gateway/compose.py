"""From a request's body to an event: what the client may say, and what the gateway says itself."""

import uuid
from collections.abc import Mapping
from typing import Any

import orjson

from gateway.principal import Principal
from gateway.refusal import Refusal, forbidden
from schemas import catalogue, ids
from schemas.codec import DecodeError, Event, from_fields
from schemas.topics import ATTEMPTS, FEEDBACK, MESSAGES, SIGNALS, Topic

POSTED: Mapping[str, Topic] = {
    "messages": MESSAGES,
    "attempts": ATTEMPTS,
    "feedback": FEEDBACK,
    "signals": SIGNALS,
}
MOST_KEY_CHARS = 128


def own_fields(event: str) -> tuple[str, ...]:
    """The fields of an event that the gateway fills in and a client may not."""
    return ("event_id", "message_id") if event == MESSAGES.event else ("event_id",)


def parse(body: bytes) -> dict[str, Any]:
    """The JSON object in a body. Raises `Refusal` (400)."""
    try:
        raw = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refusal(400, "json", f"the body is not valid JSON: {error}") from error
    if not isinstance(raw, dict):
        raise Refusal(400, "json", "the body is not a JSON object")
    return raw


def identity(topic: Topic, key: bytes, idempotency_key: str | None) -> str:
    """The event's id: made from tenant, learner and idempotency key, so that a repeated request makes the same one.

    The learner is part of it: two learners who think of the same key send two messages. Raises `Refusal` (400).
    """
    if idempotency_key is None:
        return str(uuid.uuid4())
    if not 0 < len(idempotency_key) <= MOST_KEY_CHARS or not idempotency_key.isprintable():
        raise Refusal(400, "idempotency_key", f"Idempotency-Key is to have 1 to {MOST_KEY_CHARS} printable characters")
    return ids.derived(key.decode(), "gateway", topic.name, idempotency_key)


def compose(topic: Topic, raw: dict[str, Any], principal: Principal, idempotency_key: str | None) -> Event:
    """The event that `principal` sends with the body `raw`. Raises `Refusal` (400, 403, 422)."""
    if (said := [name for name in own_fields(topic.event) if name in raw]) != []:
        raise Refusal(422, "field", f"{said[0]} is made by the gateway: leave it out, and send Idempotency-Key")
    if raw.get("tenant_id", principal.tenant) != principal.tenant:
        raise forbidden("the token is for another tenant")
    asked = raw.get("learner_id")
    if asked is not None and not isinstance(asked, str):
        raise Refusal(422, "field", "learner_id is not a text")
    learner = principal.learner_asked_for(asked)
    event_id = identity(topic, principal.key(learner), idempotency_key)
    made = {"event_id": event_id, "tenant_id": principal.tenant, "learner_id": learner}
    if topic is MESSAGES:
        made["message_id"] = event_id
    try:
        return from_fields(topic.event, {**raw, **made})
    except DecodeError as error:
        raise Refusal(422, "event", _line(str(error))) from error


def body_schema(topic: Topic) -> dict[str, Any]:
    """JSON Schema of what may be posted, from the event's own schema."""
    own = own_fields(topic.event)
    properties, required = {}, []
    for field in catalogue.declared(topic.event)["fields"]:
        if field["name"] in own:
            continue
        optional = "default" in field or field["name"] in ("tenant_id", "learner_id", "sent_at")
        properties[field["name"]] = {**_json_type(field["type"]), "description": field["doc"]}
        if not optional:
            required.append(field["name"])
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": required}


def _json_type(kind: Any) -> dict[str, Any]:
    if isinstance(kind, list):
        inner = [_json_type(part) for part in kind if part != "null"]
        return {**inner[0], "nullable": True} if "null" in kind else {"anyOf": inner}
    if isinstance(kind, dict):
        if kind.get("logicalType") == "timestamp-micros":
            return {"oneOf": [{"type": "string", "format": "date-time"}, {"type": "integer", "format": "int64"}]}
        if kind.get("logicalType") == "uuid":
            return {"type": "string", "format": "uuid"}
        if kind["type"] == "enum":
            return {"type": "string", "enum": kind["symbols"]}
        if kind["type"] == "array":
            return {"type": "array", "items": _json_type(kind["items"])}
        return _json_type(kind["type"])
    return {
        "string": {"type": "string"},
        "boolean": {"type": "boolean"},
        "int": {"type": "integer", "format": "int32"},
        "long": {"type": "integer", "format": "int64"},
        "double": {"type": "number"},
    }[kind]


def _line(text: str) -> str:
    return " ".join(text.split())[:300]
