"""`POST /v1/messages`, `/v1/attempts`, `/v1/feedback`, `/v1/signals`."""

import hashlib
import time
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from gateway import body
from gateway.compose import compose, parse
from gateway.json import json_response
from gateway.routes.common import count, known, parts_of
from schemas import codec
from schemas.topics import MESSAGES, Topic


def post(topic: Topic) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint that takes events of `topic`: 202 once the broker has the event."""

    async def endpoint(request: Request) -> Response:
        parts, principal = parts_of(request), known(request)
        content = await body.read(request, parts.settings.gateway_max_body_bytes)
        event = compose(topic, parse(content), principal, request.headers.get("idempotency-key"))
        parts.check(topic.event, event)
        await count(request, principal, event["learner_id"], event=True)
        key = principal.key(event["learner_id"])

        async def send() -> dict[str, object]:
            answer: dict[str, object] = {"event_id": event["event_id"]}
            if topic is MESSAGES:
                # Where a stream must begin to hold the reply, however late it is opened.
                cursor = parts.streams.before_reply(key, event["message_id"])
                answer |= {"message_id": event["message_id"], "cursor": str(cursor)}
            headers, started = parts.make_headers(topic, event), time.time_ns()
            await parts.outbox.send(topic, key, codec.encode(topic.event, event), headers)
            parts.sent(topic, event, headers, started)
            return answer

        digest = hashlib.sha256(content).digest()
        return json_response(await parts.answered.once(event["event_id"], digest, send), 202)

    return endpoint
