"""Bodies, heads and frames that are none."""

import asyncio
import base64
import os
import struct
from collections.abc import AsyncIterator, Iterator

from benchmarks.gateway.security.asking import Asker, sockets
from benchmarks.gateway.security.table import CLOSED, UNANSWERED, Table
from gateway.compose import POSTED
from gateway.http import HEAD_SECONDS

BODIES, HEADS, FRAMES = "Bodies", "Requests", "Frames"
JSON = "application/json"
WAIT = HEAD_SECONDS + 10.0


def bodies() -> Iterator[tuple[str, bytes, str]]:
    """What is wrong, content, content type."""
    yield "empty", b"", JSON
    yield "half an object", b'{"text": "a', JSON
    yield "a list", b"[1]", JSON
    yield "a number", b"5", JSON
    yield "null", b"null", JSON
    yield "no UTF-8", b"\xff\xfe{}", JSON
    yield "a lone surrogate", b'{"text": "\\ud800", "kind": "\\ud800"}', JSON
    yield "nested 60,000 deep", b"[" * 60_000, JSON
    yield "objects nested 10,000 deep", b'{"a":' * 10_000 + b"1" + b"}" * 10_000, JSON
    yield "an infinite number", b'{"sent_at": 1e999}', JSON
    yield "a number of 5,000 digits", b'{"sent_at": ' + b"9" * 5000 + b"}", JSON
    yield "a time in the year 2999", b'{"sent_at": "2999-01-01T00:00:00Z"}', JSON
    yield "a field that there is not", b'{"colour": "red"}', JSON
    yield "ids that the gateway makes", b'{"event_id": "00000000-0000-0000-0000-000000000001"}', JSON
    yield "a learner with a slash in it", b'{"learner_id": "../ada"}', JSON
    yield "a learner that is a list", b'{"learner_id": ["ada"]}', JSON
    yield "a tenant that is an object", b'{"tenant_id": {"$ne": ""}}', JSON
    yield "larger than is allowed", b'{"text": "' + b"x" * 70_000 + b'"}', JSON
    yield "a form", b"text=a", "application/x-www-form-urlencoded"
    yield "a file", b"--a\r\n\r\n--a--", "multipart/form-data; boundary=a"
    yield "JSON that is called text", b'{"text": "a"}', "text/plain"
    yield "JSON that is called nothing", b'{"text": "a"}', ""


async def try_bodies(asker: Asker, table: Table) -> None:
    """None is taken in, by any route that takes any."""
    headers = asker.bearer("ada")
    for name in POSTED:
        where = f"POST /v1/{name}"
        for what, content, kind in bodies():
            extra = {"Content-Type": kind} if kind else {}
            answer = await asker.http.post(f"/v1/{name}", content=content, headers={**headers, **extra})
            table.refusal(BODIES, what, where, answer.status_code)
        for what, key in (
            ("a key for repeats that is empty", ""),
            ("a key for repeats of 10,000 characters", "k" * 10_000),
        ):
            answer = await asker.http.post(f"/v1/{name}", json={}, headers={**headers, "Idempotency-Key": key})
            table.refusal(BODIES, what, where, answer.status_code)

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(100):
                yield b"x" * 10_000

        answer = await asker.http.post(f"/v1/{name}", content=endless(), headers={**headers, "Content-Type": JSON})
        table.refusal(BODIES, "a megabyte without a length", where, answer.status_code)


def heads(token: str) -> Iterator[tuple[str, bytes]]:
    """What is wrong with a request, and the request."""
    host = b"Host: gateway\r\n"
    known = host + f"Authorization: {token}\r\nContent-Type: application/json\r\n".encode()
    post = b"POST /v1/messages HTTP/1.1\r\n" + known
    inner = b"GET /v1/learners/ada/profile HTTP/1.1\r\n" + host + b"\r\n"
    yield "two lengths", post + b"Content-Length: 2\r\nContent-Length: 5\r\n\r\n{}"
    yield (
        "a length and chunks, another request behind",
        (post + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner),
    )
    yield "a length below zero", post + b"Content-Length: -1\r\n\r\n"
    yield "a length of 30 digits", post + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n"
    yield "a length of letters", post + b"Content-Length: ten\r\n\r\n"
    yield "a chunk whose size is none", post + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"
    yield "a chunk of 2^64 bytes", post + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 17 + b"\r\n"
    yield "a coding that there is not", post + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"
    yield "a line folded", post + b"X-A: a\r\n b\r\nContent-Length: 2\r\n\r\n[]"
    yield "a zero byte in a header", post + b"X-A: a\x00b\r\nContent-Length: 2\r\n\r\n{}"
    yield "a space before the colon", post + b"Content-Length : 2\r\n\r\n{}"
    yield "no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(64)
    yield "a version that there is not", b"GET /v1/events HTTP/9.9\r\n" + host + b"\r\n"
    yield "a method that there is not", b"BREW /v1/messages HTTP/1.1\r\n" + known + b"\r\n"
    yield "TRACE", b"TRACE /v1/messages HTTP/1.1\r\n" + known + b"\r\n"
    yield "CONNECT", b"CONNECT gateway:443 HTTP/1.1\r\n" + known + b"\r\n"
    yield "a path out of the pages", b"GET /..%2f..%2f..%2fetc%2fpasswd HTTP/1.1\r\n" + host + b"\r\n"
    yield "a path with dots", b"GET /../../etc/passwd HTTP/1.1\r\n" + host + b"\r\n"
    yield "a path with a zero byte", b"GET /chat%00.html HTTP/1.1\r\n" + host + b"\r\n"
    yield (
        "a path that goes round the learner's check",
        (b"GET /v1/learners/ada%2f..%2fben/profile HTTP/1.1\r\n" + known + b"\r\n"),
    )
    yield "a path of 100,000 characters", b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n" + host + b"\r\n"
    yield "a header of 100,000 characters", b"GET /chat HTTP/1.1\r\n" + host + b"X-A: " + b"a" * 100_000 + b"\r\n\r\n"
    yield "10,000 headers", b"GET /chat HTTP/1.1\r\n" + host + b"X-A: a\r\n" * 10_000 + b"\r\n"
    yield "a handshake of an old version", _handshake("/v1/stream", token).replace(b"Version: 13", b"Version: 7")
    yield "a handshake without a key", _handshake("/v1/stream", token).replace(b"Sec-WebSocket-Key", b"X-Key")
    yield "a handshake by POST", _handshake("/v1/stream", token).replace(b"GET ", b"POST ")


async def try_heads(asker: Asker, table: Table) -> None:
    """Requests as no library would write them; and those that never end."""
    for what, content in heads(asker.bearer("ada")["Authorization"]):
        status = await _raw(asker, content)
        table.refusal(HEADS, what, "the socket itself", status)
    known = f"Host: a\r\nAuthorization: {asker.bearer('ada')['Authorization']}\r\nContent-Type: application/json\r\n"
    post = f"POST /v1/messages HTTP/1.1\r\n{known}"
    head = b"GET /chat HTTP/1.1\r\nX-A: "
    slow = {
        "a head that never ends, a byte a second": (head, b"a", 1.0),
        "a head that never ends, as fast as can be": (head, b"a" * 16_384, 0.0),
        "nothing": (b"", b"", 1.0),
        "line ends without a request": (b"\r\n", b"\r\n", 1.0),
        "a body that comes a byte a second": (f"{post}Content-Length: 1000\r\n\r\n".encode(), b" ", 1.0),
        "a trailer that never ends": (
            f"{post}Transfer-Encoding: chunked\r\n\r\n0\r\nX-A: ".encode(),
            b"a" * 16_384,
            0.0,
        ),
    }
    outcomes = await asyncio.gather(*(_drip(asker, *content) for content in slow.values()))
    for what, status in zip(slow, outcomes, strict=True):
        table.refusal(HEADS, what, "the socket itself", status)


def frames() -> Iterator[tuple[str, bytes]]:
    """What is wrong with what a client sends on a socket, and its bytes."""
    yield "a text", _frame(1, b"{}")
    yield "bytes", _frame(2, b"\x00")
    yield "an empty text", _frame(1, b"")
    yield "100,000 bytes", _frame(1, b"x" * 100_000)
    yield "a length of 2^62", struct.pack(">BBQ", 0x81, 0xFF, 2**62) + b"\x00" * 4
    yield "a text that is no UTF-8", _frame(1, b"\xff\xfe")
    yield "not masked", b"\x81\x02{}"
    yield "a kind that there is not", _frame(3, b"")
    yield "a reserved bit", _frame(1, b"{}", first=0x40)
    yield "a ping of 126 bytes", _frame(9, b"x" * 126)
    yield "a ping in pieces", _frame(9, b"x", final=False)
    yield "a piece of nothing", _frame(0, b"x")
    yield "1,000 pieces of one text", _frame(1, b"x" * 100, final=False) + _frame(0, b"x" * 100, final=False) * 1000
    yield "a close code that there is not", _frame(8, struct.pack(">H", 5))
    yield "a close of one byte", _frame(8, b"\x03")
    yield "no frame at all", b"\xff" * 2048
    yield "a request again", b"GET /v1/metrics HTTP/1.1\r\nHost: a\r\n\r\n"


async def try_frames(asker: Asker, table: Table) -> None:
    """Sockets take nothing from a client: whatever comes ends them."""
    for socket in sockets():
        headers = asker.bearer(None, role="staff") if socket.path == "/v1/metrics" else asker.bearer("kim")
        request = _handshake(socket.path, headers["Authorization"])
        for what, content in frames():
            status = await _raw(asker, request, content)
            table.refusal(FRAMES, what, f"WebSocket {socket.path}", status)


async def _raw(asker: Asker, request: bytes, behind: bytes | None = None) -> int | str:
    """The status that a request is answered with; with `behind`, what becomes of a socket on which that is sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", asker.gateway.port)
    try:
        writer.write(request)
        async with asyncio.timeout(WAIT):
            head = await reader.readuntil(b"\r\n\r\n")
            if behind is None:
                return int(head.split(b" ", 2)[1])
            assert b" 101 " in head.split(b"\r\n")[0], head
            writer.write(behind)
            return await _close_code(reader)
    except (asyncio.IncompleteReadError, ConnectionError):
        return CLOSED
    except TimeoutError:
        return UNANSWERED
    finally:
        writer.close()


async def _close_code(reader: asyncio.StreamReader) -> str:
    """What the server closes a socket with; its other frames are passed over."""
    while True:
        first, second = await reader.readexactly(2)
        size = second & 0x7F
        if size == 126:
            (size,) = struct.unpack(">H", await reader.readexactly(2))
        elif size == 127:
            (size,) = struct.unpack(">Q", await reader.readexactly(8))
        payload = await reader.readexactly(size)
        if first & 0x0F == 8:
            return f"{CLOSED}, {struct.unpack('>H', payload[:2])[0]}" if payload else CLOSED


async def _drip(asker: Asker, first: bytes, then: bytes, every: float) -> int | str:
    """Send without end, until the server has enough; what it says to that."""
    reader, writer = await asyncio.open_connection("127.0.0.1", asker.gateway.port)

    async def send() -> None:
        writer.write(first)
        while True:
            writer.write(then)
            await writer.drain()
            await asyncio.sleep(every)

    sending = asyncio.create_task(send())
    try:
        async with asyncio.timeout(3 * WAIT):
            head = await reader.read(65536)
            # An answer alone does not end it: the line has to be cut as well.
            while await reader.read(65536):
                pass
        return f"{CLOSED}, {head.split(b' ', 2)[1].decode()}" if head.startswith(b"HTTP") else CLOSED
    except ConnectionError:
        return CLOSED
    except TimeoutError:
        return UNANSWERED
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        writer.close()


def _handshake(path: str, authorization: str) -> bytes:
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: gateway",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        f"Authorization: {authorization}",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def _frame(kind: int, payload: bytes, *, final: bool = True, first: int = 0) -> bytes:
    """A client's frame; its mask is zero, which changes nothing."""
    head = bytes([(0x80 if final else 0) | first | kind])
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 2**16:
        length = struct.pack(">BH", 0x80 | 126, size)
    else:
        length = struct.pack(">BQ", 0x80 | 127, size)
    return head + length + b"\x00" * 4 + payload
