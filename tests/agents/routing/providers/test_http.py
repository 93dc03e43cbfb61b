import asyncio
from dataclasses import replace

import pytest
from pydantic import SecretStr

from agents.routing.failure import ProviderFailure
from agents.routing.providers.client import Call, Chunk, Client
from agents.routing.providers.factory import client_for
from agents.routing.providers.http import HttpClient
from config.providers import ClientKind
from local.provider import Provider as ProviderProcess
from tests.agents.routing.conftest import declared

CALL = Call(({"role": "user", "content": "What is a mode?"},), 64, "m1", "someone")


async def asked(client: Client) -> list[Chunk]:
    chunks: list[Chunk] = []
    try:
        await client.ask(CALL, chunks.append)
    finally:
        await client.close()
    return chunks


async def test_reply_comes_in_parts_with_its_usage(test_provider: ProviderProcess) -> None:
    chunks = await asked(HttpClient(declared("one", test_provider.base_url)))
    assert "".join(chunk.text for chunk in chunks)
    assert [chunk.finish_reason for chunk in chunks if chunk.finish_reason] == ["stop"]
    assert max(chunk.completion_tokens for chunk in chunks) > 0


async def test_refusal_is_the_failure_of_its_status_with_the_providers_wish(test_provider: ProviderProcess) -> None:
    test_provider.control(mode="rate-limit", retry_after=7)
    with pytest.raises(ProviderFailure, match="HTTP 429") as raised:
        await asked(HttpClient(declared("one", test_provider.base_url)))
    assert raised.value.kind == "rate_limited"
    assert raised.value.retry_after == 7


async def test_reply_that_was_whole_stands_however_the_connection_ends(client_kind: ClientKind) -> None:
    body = b'data: {"choices":[{"delta":{"content":"The middle one."},"finish_reason":"stop"}]}\n\n'

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        writer.write(head + b"%x\r\n%b\r\n" % (len(body), body))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        chunks = await asked(client_for(declared("one", f"http://127.0.0.1:{port}/v1", client_kind)))
    assert [chunk for chunk in chunks if chunk.text] == [Chunk("The middle one.", "stop")]


def test_key_that_would_break_the_header_is_refused_and_not_shown() -> None:
    provider = replace(declared("one", "http://127.0.0.1:1/v1"), key=SecretStr("a\r\nX: y"))
    with pytest.raises(ValueError, match="key can't stand in a header") as raised:
        HttpClient(provider)
    assert "X: y" not in str(raised.value)
