"""The test provider's paths: the protocol, its controls, its counts."""

import asyncio
import time
from typing import Any
from urllib.parse import parse_qs

import orjson

from local.http1 import Exchange, Request
from local.provider import replies
from local.provider.replies import Reply
from local.provider.rules import Rule, RuleError, read_rules
from local.provider.stats import Stats

_JSON = "application/json"
_EVENTS = "text/event-stream"
_COMPLETIONS = "/v1/chat/completions"
_NORMAL = Rule()
# Modes that break a stream off within its tokens.
_BROKEN_OFF = ("cut", "reset", "stall")
_FINISHES: dict[str, str | None] = {"unfinished": None, "withheld": "content_filter", "length": "length"}
DELIVERY_SECONDS = 0.05


class App:
    """`handle` is the server's handler. `counter`: number the calls in the replies, so that two never are alike."""

    def __init__(self, counter: bool = True) -> None:
        self._counter = counter
        self._rules: list[Rule] = []
        self._stats = Stats()
        # The numbering outlives a reset of the counts: a reply's number is never given twice.
        self._number = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def handle(self, request: Request, exchange: Exchange) -> None:
        if request.path.endswith(_COMPLETIONS):
            self._complete(request, exchange)
        elif request.path.endswith("/v1/models"):
            model = {"id": "test", "object": "model", "created": 0, "owned_by": "test-provider"}
            exchange.respond(200, orjson.dumps({"object": "list", "data": [model]}), _JSON)
        elif request.path == "/control":
            self._control(request, exchange)
        elif request.path == "/stats":
            wanted = parse_qs(request.query).get("by_message", ["1"])[0] != "0"
            exchange.respond(200, orjson.dumps(self._stats.describe(wanted)), _JSON)
        elif request.path == "/reset" and request.method == "POST":
            self._rules = []
            self._stats.reset()
            exchange.respond(200, b"{}", _JSON)
        elif request.path == "/health":
            exchange.respond(200, b"ok\n")
        else:
            exchange.respond(
                404, replies.error(f"there is no {request.path}", "invalid_request_error", "not_found"), _JSON
            )

    def _control(self, request: Request, exchange: Exchange) -> None:
        if request.method == "POST":
            try:
                self._rules = read_rules(orjson.loads(request.body or b"{}"))
            except (RuleError, orjson.JSONDecodeError) as error:
                exchange.respond(400, replies.error(str(error), "invalid_request_error", "bad_rule"), _JSON)
                return
        exchange.respond(200, orjson.dumps({"rules": [rule.describe() for rule in self._rules]}), _JSON)

    def _complete(self, request: Request, exchange: Exchange) -> None:
        try:
            body = orjson.loads(request.body)
            if not isinstance(body.get("messages"), list):
                raise TypeError("'messages' is missing")
        except (orjson.JSONDecodeError, AttributeError, TypeError) as error:
            exchange.respond(400, replies.error(str(error), "invalid_request_error", "bad_request"), _JSON)
            return
        user = str(body.get("user") or "")
        provider = request.path.removesuffix(_COMPLETIONS).strip("/")
        message = request.headers.get("x-message-id") or user
        rule = self._rule_for(user, str(body.get("model")), provider)
        self._stats.begin(rule.mode, provider, message)
        self._number += 1
        reply = replies.make_reply(body, self._number if self._counter else None, int(time.time()))
        if rule is _NORMAL:
            self._answer_at_once(exchange, reply, body)
        else:
            self._answer_by_rule(exchange, reply, body, rule)

    def _rule_for(self, user: str, model: str, provider: str) -> Rule:
        for rule in self._rules:
            if rule.applies(user, model, provider):
                return rule
        return _NORMAL

    def _answer_at_once(self, exchange: Exchange, reply: Reply, body: dict[str, Any]) -> None:
        if body.get("stream"):
            exchange.start(200, _EVENTS, [("Cache-Control", "no-cache")])
            events = [replies.chunk(reply, {"role": "assistant", "content": reply.tokens[0]})]
            events += [replies.chunk(reply, {"content": token}) for token in reply.tokens[1:]]
            exchange.write(b"".join(events) + replies.ending(reply, _wants_usage(body)))
            exchange.end()
        else:
            exchange.respond(200, replies.whole(reply), _JSON)
        self._stats.end(answered=True)

    def _answer_by_rule(self, exchange: Exchange, reply: Reply, body: dict[str, Any], rule: Rule) -> None:
        task = asyncio.get_running_loop().create_task(self._misbehave(exchange, reply, body, rule))
        self._tasks.add(task)

        def left() -> None:
            self._stats.left += 1
            task.cancel()

        def ended(_: "asyncio.Task[None]") -> None:
            self._tasks.discard(task)
            whole = not task.cancelled() and rule.mode in ("ok", "slow", "slow-stream")
            self._stats.end(answered=whole)

        exchange.on_disconnect = left
        task.add_done_callback(ended)

    async def _misbehave(self, exchange: Exchange, reply: Reply, body: dict[str, Any], rule: Rule) -> None:
        delay = rule.draw_delay()
        if delay > 0:
            await asyncio.sleep(delay)
        streamed = bool(body.get("stream"))
        if rule.mode == "hang" or (rule.mode == "stall" and not streamed):
            await asyncio.Event().wait()
        elif rule.mode == "fail":
            exchange.respond(rule.status, replies.error(rule.message, "server_error", "told_to_fail"), _JSON)
        elif rule.mode == "rate-limit":
            wait = f"{rule.retry_after:g}"
            refusal = replies.error("rate limit reached", "rate_limit_error", "rate_limit_exceeded")
            exchange.respond(429, refusal, _JSON, [("Retry-After", wait)])
        elif rule.mode == "garbage":
            self._garble(exchange, reply, body, rule)
        elif rule.mode == "reset" and rule.after == 0:
            exchange.reset()
        elif streamed:
            await self._stream(exchange, reply, body, rule)
        elif rule.mode in ("cut", "reset"):
            exchange.respond_partly(200, replies.whole(reply), _JSON)
        else:
            exchange.respond(200, replies.whole(reply), _JSON)

    @staticmethod
    async def _stream(exchange: Exchange, reply: Reply, body: dict[str, Any], rule: Rule) -> None:
        exchange.start(200, _EVENTS, [("Cache-Control", "no-cache")])
        for index, token in enumerate(reply.tokens):
            if rule.mode in _BROKEN_OFF and index >= rule.after:
                break
            if index > 0:
                await asyncio.sleep(rule.draw_token_delay())
            delta = {"content": token} if index else {"role": "assistant", "content": token}
            exchange.write(replies.chunk(reply, delta))
        if rule.mode == "cut":
            exchange.cut()
        elif rule.mode == "reset":
            # What was written is to arrive before the reset drops what did not.
            await asyncio.sleep(DELIVERY_SECONDS)
            exchange.reset()
        elif rule.mode == "stall":
            await asyncio.Event().wait()
        else:
            exchange.write(replies.ending(reply, _wants_usage(body)))
            exchange.end()

    @staticmethod
    def _garble(exchange: Exchange, reply: Reply, body: dict[str, Any], rule: Rule) -> None:
        kind = rule.kind
        if kind == "html":
            exchange.respond(200, b"<html><body><h1>502 Bad Gateway</h1></body></html>", "text/html")
            return
        failed = replies.error(rule.message, "server_error", "told_to_fail")
        finish = _FINISHES.get(kind, "stop")
        if not body.get("stream"):
            bodies = {
                "json": b'{"id": "chatcmpl-test", "choices": [{"mess',
                "shape": b'{"object": "chat.completion"}',
                "error": failed,
                "empty": replies.whole(reply, text=""),
            }
            exchange.respond(200, bodies.get(kind) or replies.whole(reply, finish=finish), _JSON)
            return
        first = replies.chunk(reply, {"role": "assistant", "content": "".join(reply.tokens[: rule.after])})
        events = {
            "json": b"data: {not json\n\n",
            "shape": b'data: {"object": "chat.completion.chunk"}\n\n',
            "error": first + b"data: " + failed + b"\n\n",
            "empty": replies.chunk(reply, {"role": "assistant", "content": ""}),
        }
        exchange.start(200, _EVENTS)
        exchange.write((events.get(kind) or first) + replies.ending(reply, _wants_usage(body), finish))
        exchange.end()


def _wants_usage(body: dict[str, Any]) -> bool:
    return bool((body.get("stream_options") or {}).get("include_usage"))
