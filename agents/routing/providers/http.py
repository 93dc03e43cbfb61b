"""A lean client for endpoints that speak OpenAI's chat completions: HTTP/1.1, and nothing between."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import orjson

from agents.routing import retry_after
from agents.routing.failure import ProviderFailure, for_status
from agents.routing.providers import sse
from agents.routing.providers.client import MESSAGE_HEADER, Call, Chunk, OnChunk
from agents.routing.providers.connection import Pool
from config.providers import Provider

MOST_REFUSAL_BYTES = 300
MOST_WHOLE_BYTES = 4 << 20


class HttpClient:
    """Calls `{api_base}/chat/completions` with server-sent events."""

    def __init__(self, provider: Provider) -> None:
        url = provider.api_base + "/chat/completions"
        parts = urlsplit(url)
        # "openai/gpt-4o-mini" is litellm's way of naming the protocol; the server knows "gpt-4o-mini".
        self._model = provider.model.partition("/")[2] or provider.model
        lines = [
            f"POST {parts.path}{'?' + parts.query if parts.query else ''} HTTP/1.1",
            f"Host: {parts.netloc.rpartition('@')[2]}",
            "Content-Type: application/json",
            "Accept: text/event-stream, application/json",
            "User-Agent: masterx",
        ]
        if key := provider.key.get_secret_value():
            if not (key.isascii() and key.isprintable()):
                raise ValueError(f"provider {provider.name}: its key can't stand in a header")
            lines.append(f"Authorization: Bearer {key}")
        self._head = ("\r\n".join(lines) + f"\r\n{MESSAGE_HEADER}: ").encode()
        self._pool = Pool(url)

    async def ask(self, call: Call, on_chunk: OnChunk) -> None:
        """See `Client.ask`."""
        asked: dict[str, Any] = {
            "model": self._model,
            "messages": call.messages,
            "max_tokens": call.max_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if call.user:
            asked["user"] = call.user
        body = orjson.dumps(asked)
        request = b"%b%b\r\nContent-Length: %d\r\n\r\n%b" % (self._head, call.message_id.encode(), len(body), body)
        reply = _Reply(on_chunk)
        try:
            await self._pool.exchange(request, reply.begin, lambda: on_chunk(Chunk()))
        except ProviderFailure as failure:
            # How the connection ends takes nothing from a reply that was whole.
            if failure.kind != "connection" or not reply.finished:
                raise
        reply.end()

    async def close(self) -> None:
        """See `Client.close`."""
        self._pool.close()


class _Reply:
    """Makes chunks of one reply's bytes, by what its head says that they are."""

    def __init__(self, on_chunk: OnChunk) -> None:
        self._on_chunk = on_chunk
        self._status = 0
        self._retry_after: str | None = None
        self._events: sse.Reader | None = None
        self._kept: list[bytes] = []
        self._length = 0

    @property
    def finished(self) -> bool:
        """Whether the provider has said why the reply ends."""
        return self._events is not None and self._events.finished

    def begin(self, status: int, headers: dict[str, str]) -> Callable[[bytes], bool]:
        """The head is there: what takes the body."""
        self._status = status
        self._retry_after = headers.get("retry-after")
        if status == 200 and not headers.get("content-type", "").startswith("application/json"):
            self._events = sse.Reader(self._on_chunk)
            return self._feed
        return self._keep

    def _feed(self, data: bytes) -> bool:
        if self._events is None or self._events.done:
            return True
        self._events.feed(data)
        return self._events.done

    def _keep(self, data: bytes) -> bool:
        self._kept.append(data)
        self._length += len(data)
        if self._status != 200:
            return self._length >= MOST_REFUSAL_BYTES
        if self._length > MOST_WHOLE_BYTES:
            raise ProviderFailure("bad_reply", f"longer than {MOST_WHOLE_BYTES} bytes")
        return False

    def end(self) -> None:
        """There is no more. Raises `ProviderFailure` where that was no good reply."""
        if self._events is not None:
            if not self._events.done:
                self._events.end()
            return
        payload = b"".join(self._kept)
        if self._status != 200:
            text = " ".join(payload[:MOST_REFUSAL_BYTES].decode(errors="replace").split())
            wait = retry_after.seconds(self._retry_after)
            raise for_status(self._status, f"HTTP {self._status}: {text}"[:200], wait)
        self._on_chunk(sse.whole(payload))
