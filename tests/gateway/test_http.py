"""What the server's HTTP protocol takes, on a socket, under an app that is none of the gateway's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gateway import http
from gateway.compression import StreamProtocol
from gateway.http import MOST_HEAD_BYTES, MOST_SOCKET_LINE_BYTES, GuardedProtocol
from gateway.server import listen

PATIENCE = 20.0
UPGRADE = (
    b"GET /a HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


async def answer(request: Request) -> Response:
    """Answers at once; `/read` only when it has the body."""
    size = len(await request.body()) if request.url.path == "/read" else 0
    return PlainTextResponse(f"got {size}")


@asynccontextmanager
async def line() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    app = Starlette(routes=[Route("/{name}", answer, methods=["GET", "POST"])])
    config = uvicorn.Config(app, http=GuardedProtocol, ws=StreamProtocol, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    with listen("127.0.0.1", 0) as listening:
        serving = asyncio.create_task(server.serve([listening]))
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        try:
            async with asyncio.timeout(PATIENCE):
                yield reader, writer
        finally:
            writer.close()
            server.should_exit = True
            await serving


async def all_of(reader: asyncio.StreamReader) -> bytes:
    """What comes until the line is cut."""
    found = b""
    try:
        while part := await reader.read(65536):
            found += part
    except ConnectionError:
        pass
    return found


@pytest.mark.parametrize(
    "head",
    [
        b"GET /a HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 2 * MOST_HEAD_BYTES,
        b"GET /a HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 2 * MOST_HEAD_BYTES + b"\r\n\r\n",
        b"GET /a HTTP/1.1\r\n" + b"X: a\r\n" * MOST_HEAD_BYTES + b"\r\n",
        b"GET /" + b"a" * 2 * MOST_HEAD_BYTES,
        UPGRADE + b"X: " + b"a" * (MOST_SOCKET_LINE_BYTES + 1) + b"\r\n\r\n",
        UPGRADE + b"X: a\r\n" * 200 + b"\r\n",
    ],
    ids=["endless", "whole", "many", "path", "socket", "socket, many"],
)
async def test_a_head_that_is_too_large_is_refused(head: bytes) -> None:
    async with line() as (reader, writer):
        writer.write(head)
        assert (await all_of(reader)).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "sent", [b"", b"\r\n", b"GET /a HTTP/1.1\r\nX-A: ", b"POST /a HTTP/1.1\r\nContent-Length: 99\r\n\r\n"]
)
async def test_what_does_not_come_to_an_end_is_cut_off(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "HEAD_SECONDS", 0.2)
    async with line() as (reader, writer):
        writer.write(sent)
        drip = asyncio.create_task(_drip(writer, sent[-1:]))
        # A request whose body is still to come has its answer all the same.
        assert (await all_of(reader)).startswith(b"HTTP/1.1 200" if sent.startswith(b"POST") else b"")
        drip.cancel()


async def test_a_trailer_without_end_is_cut_off() -> None:
    async with line() as (reader, writer):
        writer.write(b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-A: ")
        flood = asyncio.create_task(_drip(writer, b"a" * 65536, 0.0))
        await all_of(reader)
        flood.cancel()


async def test_requests_that_come_as_they_should_are_answered_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "HEAD_SECONDS", 0.2)
    async with line() as (reader, writer):
        for size in (0, 10, 2**20):
            writer.write(f"POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n".encode() + b"x" * size)
            await writer.drain()
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            assert await reader.readexactly(len(f"got {size}")) == f"got {size}".encode()
            # Longer than a head may take: the time between two requests is no part of it.
            await asyncio.sleep(0.3)


async def _drip(writer: asyncio.StreamWriter, part: bytes, every: float = 0.05) -> None:
    try:
        while True:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(every)
    except ConnectionError:
        return
