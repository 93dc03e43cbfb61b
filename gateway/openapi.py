"""The OpenAPI document, made from the routes' table below and the events' schemas. `python -m gateway.openapi`."""

import sys
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from gateway.compose import POSTED, body_schema
from schemas import catalogue

DOCUMENT = Path(__file__).parent.parent / "docs" / "openapi.json"

ERRORS = {
    400: "The request can't be read",
    401: "No token, or none that is good",
    403: "Known, but not allowed",
    404: "Not there",
    408: "The body came too slowly",
    413: "The body is too large",
    415: "The body is not JSON",
    422: "The event can't be accepted; the message says why",
    429: "More than a limit allows; see Retry-After and the RateLimit headers",
    503: "Something behind the gateway is away or full; see Retry-After",
}
EXAMPLES: dict[str, dict[str, Any]] = {
    "messages": {"text": "Why is 1/2 the same as 2/4?"},
    "attempts": {"concept_id": "fractions", "item_id": "fr-1", "correct": True},
    "feedback": {"message_id": "123e4567-e89b-12d3-a456-426614174000", "kind": "HELPFUL"},
    "signals": {"kind": "TYPING"},
}


@cache
def document() -> dict[str, Any]:
    """The whole document."""
    paths: dict[str, Any] = {f"/v1/{name}": {"post": _post(name)} for name in POSTED}
    learner = _parameter("learner", "path", "The learner; a learner's own token is good for no other.")
    stream = [
        _parameter("learner", "query", "For staff: whose stream.", required=False),
        _parameter("session", "query", "Only what belongs to this sitting (UUID).", required=False),
        _parameter("after", "query", "The cursor of the last frame that came.", required=False),
    ]
    identity = _parameter("id", "path", "A message's or a response's id (UUID).")
    paths |= {
        "/v1/events": _get(
            "The learner's stream as server-sent events",
            [*stream, _parameter("Last-Event-ID", "header", "As `after`; browsers send it.", required=False)],
            (400, 401, 403, 429, 503),
            content="text/event-stream",
        ),
        "/v1/stream": _get("The learner's stream as a WebSocket", stream, (400, 401, 403, 429, 503), status="101"),
        "/v1/metrics": _get(
            "A tenant's figures as a WebSocket, for staff",
            [
                _parameter("sections", "query", "Comma-separated; all unless given.", required=False),
                _parameter("kinds", "query", "Of aggregates, comma-separated; all unless given.", required=False),
                _parameter("scopes", "query", "Dimensions of aggregates; all unless given.", required=False),
            ],
            (400, 401, 403, 429),
            status="101",
        ),
        "/v1/learners/{learner}/profile": _get("What is known of a learner now", [learner], (401, 403, 404, 429, 503)),
        "/v1/learners/{learner}/reviews": _get("What is to be reviewed when", [learner], (401, 403, 404, 429, 503)),
        "/v1/learners/{learner}/predictions": _get(
            "What is predicted of a learner", [learner], (401, 403, 404, 429, 503)
        ),
        "/v1/learners/{learner}/history": _get(
            "What was expected of each attempt and what came, mastery, the last replies",
            [learner],
            (401, 403, 404, 429, 503),
        ),
        "/v1/ahead": _get(
            "Learners at risk, mastery, reviews and anomalies of a tenant, for staff", [], (401, 403, 429, 503)
        ),
        "/v1/responses/{id}/why": _get(
            "Why a message was answered as it was", [identity], (400, 401, 403, 404, 429, 503)
        ),
        "/livez": _get("Whether the process answers and can go on", [], (503,), content="text/plain", secured=False),
        "/readyz": _get("How the parts behind it are", [], (503,), secured=False),
        "/metrics": _get("Counters for Prometheus", [], (401, 403), content="text/plain"),
    }
    return {
        "openapi": "3.0.3",
        "info": {"title": "MasterX gateway", "version": "1", "description": "An adaptive tutor over HTTP."},
        "paths": paths,
        "security": [{"bearer": []}],
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT or API key"}},
            "schemas": {
                **{topic.event: body_schema(topic) for topic in POSTED.values()},
                "Error": {
                    "type": "object",
                    "required": ["error", "message"],
                    "properties": {
                        "error": {"type": "string", "description": "A word for programs"},
                        "message": {"type": "string", "description": "A line for people"},
                    },
                },
                "Accepted": {
                    "type": "object",
                    "required": ["event_id"],
                    "properties": {
                        "event_id": {"type": "string", "format": "uuid"},
                        "message_id": {"type": "string", "format": "uuid", "description": "Of a message"},
                        "cursor": {"type": "string", "description": "A stream opened after this holds the reply"},
                    },
                },
            },
        },
    }


def _post(name: str) -> dict[str, Any]:
    event = POSTED[name].event
    key = "Makes a repeated request the same one: the same key and body make one event."
    return {
        "summary": catalogue.declared(event)["doc"],
        "operationId": f"post-{name}",
        "parameters": [_parameter("Idempotency-Key", "header", key, required=False)],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": f"#/components/schemas/{event}"},
                    "example": EXAMPLES[name],
                }
            },
        },
        "responses": {
            "202": {
                "description": "The broker has it",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Accepted"}}},
            },
            **_errors((400, 401, 403, 408, 413, 415, 422, 429, 503)),
        },
    }


def _get(
    summary: str,
    parameters: list[dict[str, Any]],
    errors: tuple[int, ...],
    *,
    content: str = "application/json",
    status: str = "200",
    secured: bool = True,
) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": summary}
    if status == "200":
        answer["content"] = {content: {"schema": {"type": "object" if content == "application/json" else "string"}}}
    operation = {"summary": summary, "parameters": parameters, "responses": {status: answer, **_errors(errors)}}
    return {"get": operation if secured else {**operation, "security": []}}


def _parameter(name: str, place: str, description: str, *, required: bool = True) -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "required": required,
        "description": description,
        "schema": {"type": "string"},
    }


def _errors(statuses: tuple[int, ...]) -> dict[str, Any]:
    schema = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {str(status): {"description": ERRORS[status], "content": schema} for status in statuses}


def text() -> bytes:
    """The document as the file holds it."""
    return orjson.dumps(document(), option=orjson.OPT_INDENT_2) + b"\n"


if __name__ == "__main__":
    DOCUMENT.write_bytes(text())
    sys.stderr.write(f"wrote {DOCUMENT.name}\n")
