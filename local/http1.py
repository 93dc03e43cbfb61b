"""A small HTTP/1.1 server on asyncio's transports, for the local ClickHouse interface and the test provider.

It parses requests with a length or in chunks, keeps connections alive, answers `Expect: 100-continue`, and hands each
request to a plain function that answers now or later through its `Exchange`. Requests of one connection are
handled one after another.
"""

import asyncio
import socket
import struct
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import NamedTuple, cast

MAX_HEAD_BYTES = 4 << 20

_REASONS = {status.value: status.phrase for status in HTTPStatus}


class Request(NamedTuple):
    """`query` is the raw query string; header names are lower-case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


class Exchange:
    """The answer to one request. When the client leaves first, `on_disconnect` is called and writes are dropped."""

    __slots__ = ("_chunked", "_protocol", "keep_alive", "on_disconnect")

    def __init__(self, protocol: "_Connection", keep_alive: bool) -> None:
        self._protocol: _Connection | None = protocol
        self._chunked = False
        self.keep_alive = keep_alive
        self.on_disconnect: Callable[[], None] | None = None

    def respond(
        self,
        status: int,
        body: bytes = b"",
        content_type: str = "text/plain; charset=UTF-8",
        headers: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Send a whole answer."""
        if self._protocol is None:
            return
        head = self._head(status, content_type, headers)
        head += f"Content-Length: {len(body)}\r\n\r\n"
        if len(body) < 65_536:
            self._protocol.transport.write(head.encode("latin-1") + body)
        else:
            self._protocol.transport.write(head.encode("latin-1"))
            self._protocol.transport.write(body)
        self._finish()

    def respond_partly(self, status: int, body: bytes, content_type: str) -> None:
        """Announce `body`, send half of it, and drop the connection."""
        if self._protocol is not None:
            head = self._head(status, content_type, ()) + f"Content-Length: {len(body)}\r\n\r\n"
            self._protocol.transport.write(head.encode("latin-1") + body[: len(body) // 2])
            self.cut()

    def _head(self, status: int, content_type: str, headers: Iterable[tuple[str, str]]) -> str:
        head = f"HTTP/1.1 {status} {_REASONS.get(status, '')}\r\nContent-Type: {content_type}\r\n"
        for name, value in headers:
            head += f"{name}: {value}\r\n"
        if not self.keep_alive:
            head += "Connection: close\r\n"
        return head

    def start(self, status: int, content_type: str, headers: Iterable[tuple[str, str]] = ()) -> None:
        """Begin an answer in chunks; `write` and `end` follow."""
        if self._protocol is None:
            return
        self._chunked = True
        head = self._head(status, content_type, headers) + "Transfer-Encoding: chunked\r\n\r\n"
        self._protocol.transport.write(head.encode("latin-1"))

    def write(self, data: bytes) -> None:
        if self._protocol is not None and data:
            self._protocol.transport.write(b"%x\r\n%b\r\n" % (len(data), data))

    def end(self) -> None:
        if self._protocol is not None:
            self._protocol.transport.write(b"0\r\n\r\n")
            self._finish()

    def cut(self) -> None:
        """Drop the connection in the middle of the answer; what was written before is delivered."""
        if self._protocol is not None:
            protocol, self._protocol = self._protocol, None
            protocol.exchange = None
            protocol.transport.close()

    def reset(self) -> None:
        """Drop the connection with a reset: what was not delivered yet never is."""
        if self._protocol is not None:
            connection = self._protocol.transport.get_extra_info("socket")
            # No time to linger: closing sends RST in place of FIN.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.cut()

    def _finish(self) -> None:
        protocol, self._protocol = self._protocol, None
        if protocol is not None:
            protocol.finished(self.keep_alive)

    def disconnected(self) -> None:
        self._protocol = None
        if self.on_disconnect is not None:
            self.on_disconnect()


Handler = Callable[[Request, Exchange], None]


class _BadRequest(Exception):
    pass


class _Connection(asyncio.Protocol):
    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._buffer = bytearray()
        self._head: tuple[str, str, str, dict[str, str]] | None = None
        self._length = 0
        self._chunks: bytearray | None = None
        self.transport: asyncio.Transport
        self.exchange: Exchange | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        exchange, self.exchange = self.exchange, None
        if exchange is not None:
            exchange.disconnected()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self.exchange is None:
            self._advance()

    def finished(self, keep_alive: bool) -> None:
        self.exchange = None
        if not keep_alive:
            self.transport.close()
        elif self._buffer:
            asyncio.get_running_loop().call_soon(self._advance)

    def _advance(self) -> None:
        if self.exchange is not None or self.transport.is_closing():
            return
        try:
            if self._head is None and not self._parse_head():
                return
            body = self._take_chunked() if self._chunks is not None else self._take_body()
        except (_BadRequest, ValueError) as error:
            Exchange(self, False).respond(400, f"bad request: {error}\n".encode())
            return
        if body is None:
            return
        assert self._head is not None
        method, path, query, headers = self._head
        self._head = None
        self._chunks = None
        self.exchange = exchange = Exchange(self, headers.get("connection", "").lower() != "close")
        self._handler(Request(method, path, query, headers, body), exchange)

    def _parse_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > MAX_HEAD_BYTES:
                raise _BadRequest("the head is too long")
            return False
        lines = self._buffer[:end].decode("latin-1").split("\r\n")
        del self._buffer[: end + 4]
        parts = lines[0].split(" ")
        if len(parts) != 3:
            raise _BadRequest("no request line")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        path, _, query = parts[1].partition("?")
        self._head = (parts[0], path, query, headers)
        if headers.get("transfer-encoding", "").lower() == "chunked":
            self._chunks = bytearray()
        else:
            self._length = int(headers.get("content-length", "0"))
        if headers.get("expect", "").lower() == "100-continue":
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return True

    def _take_body(self) -> bytes | None:
        if len(self._buffer) < self._length:
            return None
        body = bytes(self._buffer[: self._length])
        del self._buffer[: self._length]
        return body

    def _take_chunked(self) -> bytes | None:
        assert self._chunks is not None
        buffer, position = self._buffer, 0
        while True:
            line_end = buffer.find(b"\r\n", position)
            if line_end < 0:
                break
            size = int(bytes(buffer[position:line_end]).split(b";")[0], 16)
            start = line_end + 2
            if size == 0:
                trailer_end = buffer.find(b"\r\n", start)
                if trailer_end < 0:
                    break
                del buffer[: trailer_end + 2]
                return bytes(self._chunks)
            if len(buffer) < start + size + 2:
                break
            self._chunks += buffer[start : start + size]
            position = start + size + 2
        del buffer[:position]
        return None


async def serve(handler: Handler, host: str, port: int) -> asyncio.Server:
    """Listen on `host:port`. Raises `OSError` when the port is taken."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: _Connection(handler), host, port, backlog=4096)
