"""A lean client for endpoints that speak OpenAI's chat completions: aiohttp, and nothing between."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import orjson

from agents.routing import retry_after
from agents.routing.failure import ProviderFailure, for_status, one_line
from agents.routing.providers import sse
from agents.routing.providers.client import MESSAGE_HEADER, Call, Chunk
from config.providers import Provider

CONNECT_SECONDS = 5.0


class HttpClient:
    """Calls `{api_base}/chat/completions` with server-sent events.

    The connection pool opens with the first call, within the running event loop.
    """

    def __init__(self, provider: Provider) -> None:
        self._url = provider.api_base + "/chat/completions"
        # "openai/gpt-4o-mini" is litellm's way of naming the protocol; the server knows "gpt-4o-mini".
        self._model = provider.model.partition("/")[2] or provider.model
        self._headers = {"Content-Type": "application/json"}
        if key := provider.key.get_secret_value():
            self._headers["Authorization"] = f"Bearer {key}"
        self._session: aiohttp.ClientSession | None = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=30),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
                headers=self._headers,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def stream(self, call: Call) -> AsyncGenerator[Chunk, None]:
        """See `Client.stream`."""
        body: dict[str, Any] = {
            "model": self._model,
            "messages": call.messages,
            "max_tokens": call.max_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if call.user:
            body["user"] = call.user
        headers = {MESSAGE_HEADER: call.message_id}
        try:
            async with self._open().post(self._url, data=orjson.dumps(body), headers=headers) as response:
                if response.status != 200:
                    raise await _refused(response)
                if response.content_type == "application/json":
                    yield sse.whole(await response.read())
                    return
                async for chunk in sse.chunks(response.content.iter_any()):
                    yield chunk
        except (TimeoutError, aiohttp.ServerTimeoutError) as error:
            raise ProviderFailure("timeout", one_line(error)) from error
        except (aiohttp.ClientError, ConnectionError, asyncio.IncompleteReadError) as error:
            raise ProviderFailure("connection", one_line(error)) from error

    async def close(self) -> None:
        """See `Client.close`."""
        if self._session is not None:
            await self._session.close()
            self._session = None


async def _refused(response: aiohttp.ClientResponse) -> ProviderFailure:
    text = " ".join((await response.content.read(300)).decode(errors="replace").split())
    wait = retry_after.seconds(response.headers.get("Retry-After"))
    return for_status(response.status, f"HTTP {response.status}: {text}"[:200], wait)
