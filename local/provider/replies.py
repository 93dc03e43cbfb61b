"""What the test provider says, in the protocol's shapes."""

import hashlib
from typing import Any, NamedTuple

import orjson

_WORDS = [
    "Think",
    "about",
    "what",
    "the",
    "question",
    "asks,",
    "try",
    "one",
    "small",
    "step,",
    "and",
    "tell",
    "me",
    "what",
    "you",
    "find.",
]


class Reply(NamedTuple):
    """`tokens` joined are the text; the token counts are words, not a model's tokens."""

    id: str
    created: int
    model: str
    tokens: list[str]
    prompt_tokens: int

    @property
    def usage(self) -> dict[str, int]:
        said = len(self.tokens)
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": said,
            "total_tokens": self.prompt_tokens + said,
        }


def _text_of(content: Any) -> str:
    if isinstance(content, list):
        return " ".join(part.get("text", "") for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def last_user_text(messages: list[Any]) -> str:
    for message in reversed(messages):
        if isinstance(message, dict) and message.get("role") == "user":
            return _text_of(message.get("content"))
    return ""


def digest(text: str) -> str:
    """Eight hex digits by which a reply shows which message it belongs to."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def make_reply(body: dict[str, Any], call: int | None, created: int) -> Reply:
    """The reply to a request's body; with a `call` number, two calls with the same body differ."""
    messages = body.get("messages") or []
    seen = digest(last_user_text(messages))
    tokens = ["[test", " provider]", " reply", " to", f" {seen}"]
    if call is not None:
        tokens += [" (call", f" {call})"]
    tokens[-1] += "."
    tokens += [f" {word}" for word in _WORDS]
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    if isinstance(limit, int) and limit > 0:
        tokens = tokens[:limit]
    words = sum(_text_of(m.get("content")).count(" ") + 1 for m in messages if isinstance(m, dict))
    name = body.get("model")
    return Reply(f"chatcmpl-test-{call or 0}", created, str(name), tokens, words)


def whole(reply: Reply, text: str | None = None, finish: str | None = "stop") -> bytes:
    """The answer in one piece."""
    return orjson.dumps(
        {
            "id": reply.id,
            "object": "chat.completion",
            "created": reply.created,
            "model": reply.model,
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": "".join(reply.tokens) if text is None else text},
                    "finish_reason": finish,
                }
            ],
            "usage": reply.usage,
        }
    )


def chunk(reply: Reply, delta: dict[str, str], finish: str | None = None) -> bytes:
    """One server-sent event of a streamed answer."""
    return (
        b"data: "
        + orjson.dumps(
            {
                "id": reply.id,
                "object": "chat.completion.chunk",
                "created": reply.created,
                "model": reply.model,
                "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
            }
        )
        + b"\n\n"
    )


def ending(reply: Reply, with_usage: bool, finish: str | None = "stop") -> bytes:
    """The last events of a streamed answer."""
    events = chunk(reply, {}, finish)
    if with_usage:
        events += (
            b"data: "
            + orjson.dumps(
                {
                    "id": reply.id,
                    "object": "chat.completion.chunk",
                    "created": reply.created,
                    "model": reply.model,
                    "choices": [],
                    "usage": reply.usage,
                }
            )
            + b"\n\n"
        )
    return events + b"data: [DONE]\n\n"


def error(message: str, kind: str, code: str) -> bytes:
    return orjson.dumps({"error": {"message": message, "type": kind, "param": None, "code": code}})
