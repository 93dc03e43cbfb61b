"""The small HTTP server against raw sockets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from local.http1 import Exchange, Request, serve
from local.ports import HOST, free_port

Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]

gone: list[str] = []


def echo(request: Request, exchange: Exchange) -> None:
    if request.path == "/never":
        exchange.on_disconnect = lambda: gone.append(request.path)
    elif request.path == "/stream":
        exchange.start(200, "text/plain")
        for part in (b"one", b"", b"two"):
            exchange.write(part)
        exchange.end()
    elif request.path == "/later":
        asyncio.get_running_loop().call_later(0.05, exchange.respond, 200, b"late")
    else:
        exchange.respond(200, f"{request.method} {request.path} {request.query} ".encode() + request.body)


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    port = free_port()
    server = await serve(echo, HOST, port)
    writers = []

    async def open_connection() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(HOST, port)
        writers.append(writer)
        return reader, writer

    yield open_connection
    for writer in writers:
        writer.close()
        await writer.wait_closed()
    server.close()
    await server.wait_closed()


async def read_answer(reader: asyncio.StreamReader) -> tuple[str, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = int(head.lower().split("content-length: ")[1].split("\r\n")[0])
    return head.split("\r\n")[0], await reader.readexactly(length)


async def test_one_connection_serves_several_requests(connect: Connect) -> None:
    reader, writer = await connect()
    for number in range(3):
        writer.write(f"POST /a?n={number} HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi".encode())
        assert await read_answer(reader) == ("HTTP/1.1 200 OK", f"POST /a n={number} hi".encode())


async def test_requests_sent_ahead_are_answered_in_order(connect: Connect) -> None:
    reader, writer = await connect()
    writer.write(b"GET /later HTTP/1.1\r\n\r\nGET /second HTTP/1.1\r\n\r\n")
    assert (await read_answer(reader))[1] == b"late"
    assert (await read_answer(reader))[1] == b"GET /second  "


async def test_a_body_in_chunks_arrives_whole_however_it_is_split(connect: Connect) -> None:
    reader, writer = await connect()
    sent = b"POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n"
    for offset in range(0, len(sent), 5):
        writer.write(sent[offset : offset + 5])
        await writer.drain()
        await asyncio.sleep(0)
    assert (await read_answer(reader))[1] == b"POST /c  abc0123456789"
    writer.write(sent)
    assert (await read_answer(reader))[1] == b"POST /c  abc0123456789"


async def test_expect_continue(connect: Connect) -> None:
    reader, writer = await connect()
    writer.write(b"POST /e HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(b"abc")
    assert (await read_answer(reader))[1] == b"POST /e  abc"


async def test_a_streamed_answer_is_chunked(connect: Connect) -> None:
    reader, writer = await connect()
    writer.write(b"GET /stream HTTP/1.1\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    assert await reader.readexactly(21) == b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"


async def test_connection_close_is_honoured(connect: Connect) -> None:
    reader, writer = await connect()
    writer.write(b"GET /x HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert (await read_answer(reader))[1] == b"GET /x  "
    assert await reader.read() == b""


@pytest.mark.parametrize(
    "sent", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"\x16\x03\x01\r\n\r\n"]
)
async def test_what_is_not_http_is_refused_and_closed(connect: Connect, sent: bytes) -> None:
    reader, writer = await connect()
    writer.write(sent)
    assert (await read_answer(reader))[0] == "HTTP/1.1 400 Bad Request"
    assert await reader.read() == b""


async def test_a_caller_that_leaves_is_noticed(connect: Connect) -> None:
    gone.clear()
    _, writer = await connect()
    writer.write(b"GET /never HTTP/1.1\r\n\r\n")
    await writer.drain()
    await asyncio.sleep(0.05)
    writer.close()
    for _ in range(100):
        if gone:
            break
        await asyncio.sleep(0.02)
    assert gone == ["/never"]
