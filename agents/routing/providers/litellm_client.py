"""A client for every provider that litellm knows.

litellm is imported when the first such client is made: the import takes about 3 s and 170 MB, and fetches a price
list from the network unless it is told not to.
"""

import os
from collections.abc import AsyncIterable
from contextlib import suppress
from types import ModuleType
from typing import Any

from agents.routing import retry_after
from agents.routing.failure import Kind, ProviderFailure, for_status, one_line
from agents.routing.providers import sse
from agents.routing.providers.client import MESSAGE_HEADER, Call, Chunk, OnChunk
from config.providers import Provider

MOST_CONNECTIONS = 100_000


def load_litellm() -> ModuleType:
    """litellm, imported with its side effects turned off."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    # Its pool holds 500 connections a host otherwise, and 100 in all where it is told 0; the router bounds the calls.
    os.environ.setdefault("AIOHTTP_CONNECTOR_LIMIT", str(MOST_CONNECTIONS))
    os.environ.setdefault("AIOHTTP_CONNECTOR_LIMIT_PER_HOST", "0")
    import litellm

    litellm.suppress_debug_info = True
    litellm.telemetry = False
    litellm.drop_params = True
    litellm.turn_off_message_logging = True
    litellm.disable_streaming_logging = True
    module: ModuleType = litellm
    return module


class LitellmClient:
    """Calls a provider by `litellm.acompletion`, streamed, without litellm's own retries and fallbacks."""

    def __init__(self, provider: Provider) -> None:
        self._litellm = load_litellm()
        self._call: dict[str, Any] = {
            "model": provider.model,
            "stream": True,
            "stream_options": {"include_usage": True},
            "num_retries": 0,
            "max_retries": 0,
            # The caller keeps the time; this one only bounds a call that nobody waits for any more.
            "timeout": provider.timeouts.total + 5,
            # OpenAI's client wants a key even where the server does not.
            "api_key": provider.key.get_secret_value() or "none",
        }
        if provider.api_base:
            self._call["api_base"] = provider.api_base
        if provider.model.startswith("openai/"):
            # litellm drops the user for models that it does not know; whoever speaks OpenAI's protocol takes one.
            self._call["allowed_openai_params"] = ["user"]

    async def ask(self, call: Call, on_chunk: OnChunk) -> None:
        """See `Client.ask`."""
        asked: dict[str, Any] = {
            "messages": list(call.messages),
            "max_tokens": call.max_tokens,
            "extra_headers": {MESSAGE_HEADER: call.message_id},
        }
        if call.user:
            asked["user"] = call.user
        stream: Any = None
        # Whether it has a connection litellm does not say.
        on_chunk(Chunk())
        try:
            stream = await self._litellm.acompletion(**asked, **self._call)
            if (body := _raw_body(stream)) is None:
                await _translated(stream, on_chunk)
            else:
                await _events(body, on_chunk)
        except ProviderFailure:
            raise
        except Exception as error:
            raise _failure(error) from error
        finally:
            if stream is not None:
                with suppress(Exception):
                    await stream.aclose()

    async def close(self) -> None:
        """See `Client.close`."""
        # litellm keeps its connections in a cache of the process: closed ones must not stay in it.
        await self._litellm.close_litellm_async_clients()
        self._litellm.in_memory_llm_clients_cache.flush_cache()


def _raw_body(stream: Any) -> AsyncIterable[bytes] | None:
    """The bytes of an OpenAI-compatible reply as they come; None where litellm got them by another way.

    litellm and OpenAI's library build several objects for each token, about 0.5 ms of CPU a token in all; the
    protocol needs none of them.
    """
    response = getattr(getattr(stream, "completion_stream", None), "response", None)
    if response is None or not hasattr(response, "aiter_bytes"):
        return None
    if not response.headers.get("content-type", "").startswith("text/event-stream"):
        return None
    body: AsyncIterable[bytes] = response.aiter_bytes()
    return body


async def _events(body: AsyncIterable[bytes], on_chunk: OnChunk) -> None:
    """Hand on a reply from its bytes."""
    reader = sse.Reader(on_chunk)
    try:
        async for data in body:
            reader.feed(data)
            if reader.done:
                return
    except ProviderFailure:
        raise
    except Exception:
        # How the connection ends takes nothing from a reply that was whole.
        if not reader.finished:
            raise
    reader.end()


async def _translated(stream: Any, on_chunk: OnChunk) -> None:
    """Hand on a reply as litellm has translated it."""
    finished = False
    async for part in stream:
        chunk = _chunk(part)
        finished = finished or bool(chunk.finish_reason)
        on_chunk(chunk)
        # What is left is only litellm's own bookkeeping, in a thread.
        if finished and chunk.completion_tokens:
            break
    # At the end of a stream litellm makes up a finish reason where the provider sent none.
    if getattr(stream, "received_finish_reason", "stop") is None:
        raise ProviderFailure("connection", "the stream was cut")


def _chunk(part: Any) -> Chunk:
    usage = getattr(part, "usage", None)
    text, finish = "", ""
    if part.choices:
        choice = part.choices[0]
        text = choice.delta.content or ""
        finish = choice.finish_reason or ""
    if usage is None:
        return Chunk(text, finish)
    return Chunk(text, finish, usage.prompt_tokens or 0, usage.completion_tokens or 0)


_BY_CLASS: dict[str, Kind] = {
    "Timeout": "timeout",
    "APITimeoutError": "timeout",
    "APIConnectionError": "connection",
    "MidStreamFallbackError": "connection",
    "JSONDecodeError": "bad_reply",
    "JSONSchemaValidationError": "bad_reply",
    "APIResponseValidationError": "bad_reply",
    "ContentPolicyViolationError": "withheld",
}


# litellm reports a connection that failed as an internal server error; what lies below tells the two apart.
_CONNECTION = frozenset({"APIConnectionError", "ConnectError", "ReadError", "WriteError", "RemoteProtocolError"})


def _names(error: BaseException) -> set[str]:
    """The class names of the error and of those that led to it."""
    names: set[str] = set()
    below: BaseException | None = error
    while below is not None and len(names) < 16:
        names.add(type(below).__name__)
        below = below.__cause__ or below.__context__
    return names


def _failure(error: Exception) -> ProviderFailure:
    """What an exception of litellm, or of the libraries below it, says about the call."""
    kind = _BY_CLASS.get(type(error).__name__)
    text = one_line(error)
    if kind is not None:
        return ProviderFailure(kind, text)
    if not _CONNECTION.isdisjoint(_names(error)):
        return ProviderFailure("connection", text)
    status = getattr(error, "status_code", None)
    if isinstance(status, int) and status >= 400:
        return for_status(status, text, _retry_after(error))
    if isinstance(error, TimeoutError):
        return ProviderFailure("timeout", text)
    if isinstance(error, OSError):
        return ProviderFailure("connection", text)
    return ProviderFailure("server_error", text)


def _retry_after(error: Exception) -> float | None:
    for headers in (
        getattr(getattr(error, "response", None), "headers", None),
        getattr(error, "litellm_response_headers", None),
    ):
        if headers is not None and (wait := retry_after.seconds(headers.get("retry-after"))) is not None:
            return wait
    return None
