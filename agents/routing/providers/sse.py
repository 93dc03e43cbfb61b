"""The body of a reply in OpenAI's chat-completions protocol, streamed or whole."""

from typing import Any

import orjson

from agents.routing import quality
from agents.routing.failure import ProviderFailure, for_status
from agents.routing.providers.client import Chunk, OnChunk

MOST_LINE_BYTES = 1 << 20


class Reader:
    """Reads a reply that comes as server-sent events, fed as its bytes come, and hands on its parts.

    `finished` once the provider said why the reply ends, `done` once it said that there is no more.
    """

    __slots__ = ("_on_chunk", "_rest", "done", "finished")

    def __init__(self, on_chunk: OnChunk) -> None:
        self._on_chunk = on_chunk
        self._rest = b""
        self.finished = False
        self.done = False

    def feed(self, data: bytes) -> None:
        """Hand on the part of the reply in `data`, what came together put together.

        Raises `ProviderFailure` for what is no such stream, for an error that it reports, and for an end without a
        finish reason; what came before that is handed on, for it is paid for.
        """
        *lines, self._rest = (self._rest + data if self._rest else data).split(b"\n")
        if len(self._rest) > MOST_LINE_BYTES:
            raise ProviderFailure("bad_reply", "a line without an end")
        text, finish, prompt_tokens, completion_tokens = "", "", 0, 0
        try:
            for line in lines:
                if not line.startswith(b"data:"):
                    continue
                payload = line[5:].strip()
                if not payload:
                    # No event, as the standard has it; some proxies keep a connection alive by it.
                    continue
                if payload == b"[DONE]":
                    if not self.finished and not finish:
                        raise ProviderFailure("connection", "the stream ended without a finish reason")
                    self.done = True
                    break
                event = _object(payload)
                if usage := event.get("usage"):
                    prompt_tokens = int(usage.get("prompt_tokens") or 0)
                    completion_tokens = int(usage.get("completion_tokens") or 0)
                for choice in event.get("choices") or ():
                    text += (choice.get("delta") or {}).get("content") or ""
                    finish = str(choice.get("finish_reason") or finish)
        finally:
            if finish:
                self.finished = True
            if text or finish or prompt_tokens or completion_tokens:
                self._on_chunk(Chunk(text, finish, prompt_tokens, completion_tokens))

    def end(self) -> None:
        """There are no more bytes. Raises `ProviderFailure` where the reply was not whole."""
        if not self.finished:
            raise ProviderFailure("connection", "the stream was cut")


def _object(payload: bytes) -> dict[str, Any]:
    try:
        event = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise ProviderFailure("bad_reply", f"not JSON: {payload[:60]!r}") from error
    if not isinstance(event, dict):
        raise ProviderFailure("bad_reply", f"not a JSON object: {payload[:60]!r}")
    if error_part := event.get("error"):
        raise _reported(error_part)
    return event


def _reported(error: Any) -> ProviderFailure:
    """The failure that an error object within a reply with status 200 stands for."""
    code = error.get("code") if isinstance(error, dict) else None
    text = f"error: {error.get('message', error) if isinstance(error, dict) else error}"[:200]
    if isinstance(code, str) and quality.withheld(code):
        return ProviderFailure("withheld", text)
    return for_status(code, text) if isinstance(code, int) and code >= 400 else ProviderFailure("server_error", text)


def whole(payload: bytes) -> Chunk:
    """The reply of a server that does not stream."""
    event = _object(payload)
    try:
        choice = event["choices"][0]
        text = choice["message"]["content"] or ""
    except (KeyError, IndexError, TypeError) as error:
        raise ProviderFailure("bad_reply", f"no choice: {payload[:60]!r}") from error
    if not isinstance(text, str):
        raise ProviderFailure("bad_reply", f"no text: {payload[:60]!r}")
    usage = event.get("usage") or {}
    return Chunk(
        text,
        str(choice.get("finish_reason") or "stop"),
        int(usage.get("prompt_tokens") or 0),
        int(usage.get("completion_tokens") or 0),
    )
