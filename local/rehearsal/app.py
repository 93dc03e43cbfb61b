"""The rehearsal provider's paths: chat completions in one piece or streamed, and a health check."""

import asyncio
import time
from collections.abc import Callable
from itertools import count
from typing import Any

import orjson

from config.curriculum import Curriculum
from config.prompts import TutorTemplate
from local.http1 import Exchange, Request
from local.provider import replies
from local.provider.replies import Reply
from local.rehearsal.asked import read
from local.rehearsal.compose import compose
from local.rehearsal.lessons import Lessons

WORDS_A_CHUNK = 6
_JSON = "application/json"
_EVENTS = "text/event-stream"


class App:
    """`handle` is the server's handler. `delay()` is drawn before the first chunk and `pause()` before each other,
    seconds: a provider that answered at once would hide what the pipeline does while it waits."""

    def __init__(
        self,
        template: TutorTemplate,
        curriculum: Curriculum,
        lessons: Lessons,
        delay: Callable[[], float] = lambda: 0.0,
        pause: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._template, self._curriculum, self._lessons = template, curriculum, lessons
        self._delay, self._pause = delay, pause
        self._numbers = count(1)
        self._tasks: set[asyncio.Task[None]] = set()

    def handle(self, request: Request, exchange: Exchange) -> None:
        """Answer one request; completions are answered by a task of their own."""
        if request.path.endswith("/v1/chat/completions"):
            self._complete(request, exchange)
        elif request.path == "/health":
            exchange.respond(200, b"ok\n")
        else:
            exchange.respond(
                404, replies.error(f"there is no {request.path}", "invalid_request_error", "not_found"), _JSON
            )

    def _complete(self, request: Request, exchange: Exchange) -> None:
        try:
            body = orjson.loads(request.body)
            if not isinstance(body.get("messages"), list):
                raise TypeError("'messages' is missing")
        except (orjson.JSONDecodeError, AttributeError, TypeError) as error:
            exchange.respond(400, replies.error(str(error), "invalid_request_error", "bad_request"), _JSON)
            return
        task = asyncio.get_running_loop().create_task(self._answer(exchange, body))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        exchange.on_disconnect = lambda: _cancel(task)

    async def _answer(self, exchange: Exchange, body: dict[str, Any]) -> None:
        reply = self._reply(body)
        await asyncio.sleep(self._delay())
        if not body.get("stream"):
            exchange.respond(200, replies.whole(reply), _JSON)
            return
        exchange.start(200, _EVENTS, [("Cache-Control", "no-cache")])
        for start in range(0, len(reply.tokens), WORDS_A_CHUNK):
            text = "".join(reply.tokens[start : start + WORDS_A_CHUNK])
            if start:
                await asyncio.sleep(self._pause())
            delta = {"content": text} if start else {"role": "assistant", "content": text}
            exchange.write(replies.chunk(reply, delta))
        exchange.write(replies.ending(reply, bool((body.get("stream_options") or {}).get("include_usage"))))
        exchange.end()

    def _reply(self, body: dict[str, Any]) -> Reply:
        asked = read(body["messages"], self._template, self._curriculum)
        first, *others = compose(asked, self._lessons, self._curriculum).split(" ")
        said = sum(len(str(message.get("content", "")).split()) for message in body["messages"])
        words = [first, *(f" {word}" for word in others)]
        return Reply(f"chatcmpl-rehearsal-{next(self._numbers)}", int(time.time()), str(body.get("model")), words, said)


def _cancel(task: "asyncio.Task[None]") -> None:
    task.cancel()
