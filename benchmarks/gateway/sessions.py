"""Many WebSocket clients in one process, as small as they can be: `python -m benchmarks.gateway.sessions JSON`.

Reads its orders as JSON from the command line, prints a line of JSON once all are open, and another one at the end.
"""

import asyncio
import base64
import json
import os
import resource
import struct
import sys
import time
from typing import Any, cast

import uvloop

from gateway.auth import sign

AT_ONCE = 100
TOKEN_SECONDS = 7200.0


class Session(asyncio.Protocol):
    """One client: shakes hands, answers pings, and notes how old the tokens are that it gets."""

    __slots__ = ("_ages", "_buffer", "_request", "open", "ready", "transport")

    def __init__(self, request: bytes, ages: list[float]) -> None:
        self._request, self._ages = request, ages
        self._buffer = b""
        self.open = False
        self.ready: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio's.
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        if not self.ready.done():
            self.ready.set_result(False)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self.open:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            self.open = b" 101 " in head.split(b"\r\n")[0]
            self._buffer = rest
            self.ready.set_result(self.open)
        while (frame := self._frame()) is not None:
            self._take(*frame)

    def _frame(self) -> tuple[int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        size, begin = buffer[1] & 0x7F, 2
        if size == 126:
            if len(buffer) < 4:
                return None
            (size,), begin = struct.unpack_from(">H", buffer, 2), 4
        elif size == 127:
            if len(buffer) < 10:
                return None
            (size,), begin = struct.unpack_from(">Q", buffer, 2), 10
        if len(buffer) < begin + size:
            return None
        self._buffer = buffer[begin + size :]
        return buffer[0] & 0x0F, buffer[begin : begin + size]

    def _take(self, kind: int, payload: bytes) -> None:
        if kind == 9 and self.transport is not None:
            # The server knows its ping by the payload. The mask is zero: it changes nothing.
            self.transport.write(bytes((0x8A, 0x80 | len(payload))) + b"\x00\x00\x00\x00" + payload)
        elif kind == 8:
            self.open = False
        elif kind == 1 and b'"type":"token"' in payload:
            now = time.time_ns()
            self._ages.extend((now - int(stamp)) / 1e6 for stamp in json.loads(payload)["text"].split())


def request(orders: dict[str, Any], number: int) -> bytes:
    """The handshake of session `number`."""
    lines = [
        f"GET {orders['path']} HTTP/1.1",
        f"Host: {orders['host']}:{orders['port']}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
    ]
    if orders["key"]:
        token = sign(orders["key"], tenant="bench", role="learner", learner=f"l-{number}", seconds=TOKEN_SECONDS)
        lines.append(f"Authorization: Bearer {token}")
    return "\r\n".join([*lines, "", ""]).encode()


async def run(orders: dict[str, Any]) -> None:
    """Open the sessions, hold them, and say what became of them."""
    loop = asyncio.get_running_loop()
    ages: list[float] = []
    turns = asyncio.Semaphore(AT_ONCE)
    requests = [request(orders, orders["first"] + number) for number in range(orders["sessions"])]

    async def one(content: bytes) -> Session | None:
        async with turns:
            try:
                _, session = await loop.create_connection(
                    lambda: Session(content, ages), orders["host"], orders["port"], local_addr=(orders["source"], 0)
                )
                async with asyncio.timeout(60):
                    return session if await session.ready else None
            except (OSError, TimeoutError):
                return None

    begin = time.monotonic()
    opened = [session for session in await asyncio.gather(*map(one, requests)) if session is not None]
    seconds = time.monotonic() - begin
    print(json.dumps({"opened": len(opened), "seconds": seconds}), flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    print(json.dumps({"kept": sum(session.open for session in opened), "ages_ms": ages}), flush=True)


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    uvloop.install()
    asyncio.run(run(json.loads(sys.argv[1])))
