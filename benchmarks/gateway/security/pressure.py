"""Floods and slow readers: too much is refused, and whoever is not too much goes on."""

import asyncio
import socket
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable

from redis import Redis

from benchmarks.gateway.security.asking import PATIENCE, Asker, sockets
from benchmarks.gateway.security.malformed import _handshake
from benchmarks.gateway.security.table import CLOSED, UNANSWERED, Table
from gateway.http import HEAD_SECONDS
from schemas.token_frames import TokenFrame, channel, dumps

FLOODS, SLOW = "Floods", "Slow readers"
POSTS, STREAMS, HANDSHAKES, HALF_OPEN = 600, 200, 1000, 1000
TEXT_BYTES = 8000


async def slow_readers(asker: Asker, redis_url: str, table: Table) -> None:
    """A client that reads nothing is dropped; another one of the same learner gets everything."""
    redis = Redis.from_url(redis_url)
    token = asker.bearer("ned")["Authorization"]
    ways = {
        "WebSocket /v1/stream": _handshake("/v1/stream", token),
        "GET /v1/events": f"GET /v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: {token}\r\n\r\n".encode(),
    }
    for where, request in ways.items():
        before = await _dropped(asker)
        slow = socket.socket()
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.settimeout(PATIENCE)
        slow.connect(("127.0.0.1", asker.gateway.port))
        slow.sendall(request)
        async with asker.opened("/v1/stream", asker.bearer("ned")) as quick:
            await quick.recv()
            reading = asyncio.create_task(_all(quick))
            sent = 0
            try:
                async with asyncio.timeout(PATIENCE):
                    while await _dropped(asker) == before:
                        for _ in range(50):
                            frame = TokenFrame("m", str(uuid.uuid4()), None, 1, 0, 1, "x" * TEXT_BYTES)
                            redis.publish(channel(b"school/ned"), dumps(frame))
                            sent += 1
                        await asyncio.sleep(0.2)
                status = f"{CLOSED}, dropped"
            except TimeoutError:
                status = "kept"
            await asyncio.sleep(1)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        table.refusal(SLOW, "reads nothing", where, status)
        read = _read[id(quick)]
        table.control(SLOW, "reads, at the same time", "WebSocket /v1/stream", "got all" if read == sent else
                      f"got {read} of {sent}", read == sent)  # fmt: skip
        slow.close()
    redis.close()


_read: Counter[int] = Counter()


async def _all(stream: object) -> None:
    async for text in stream:  # type: ignore[attr-defined]
        _read[id(stream)] += '"type":"token"' in text


async def floods(asker: Asker, table: Table) -> None:
    """More than anybody needs, at once."""
    where = "POST /v1/messages"
    beside = asyncio.create_task(_beside(asker, table, "another learner, while one floods"))
    answers = await asyncio.gather(*(asker.post("messages", asker.bearer("flo"), {"text": "x"}) for _ in range(POSTS)))
    await beside
    refused = [answer for answer in answers if answer.status_code != 202]
    for answer in refused:
        told = answer.headers.get("retry-after", "").isdecimal()
        table.refusal(FLOODS, f"{POSTS} posts of one learner at once", where, answer.status_code, busy=told)
    taken = len(answers) - len(refused)
    table.control(FLOODS, f"{POSTS} posts of one learner at once: those taken", where, f"{taken}", 0 < taken < POSTS)

    for path in [each.path for each in sockets()]:
        who = asker.bearer("flo") if path == "/v1/stream" else asker.bearer(None, role="staff")
        many = STREAMS if path == "/v1/stream" else STREAMS + 50
        opened = await _open_many(asker, path, who, many)
        for status in opened:
            if status != 101:
                table.refusal(FLOODS, f"{many} sockets of one at once", f"WebSocket {path}", status, busy=True)
        good = 0 < opened.count(101) < many
        table.control(FLOODS, f"{many} sockets of one: those taken", f"WebSocket {path}", str(opened.count(101)), good)

    beside = asyncio.create_task(_beside(asker, table, "another learner, while bad tokens flood"))
    bad = {"Authorization": "Bearer a.b.c"}
    for status in await _many(HANDSHAKES, lambda: _only_status(asker, bad)):
        table.refusal(FLOODS, f"{HANDSHAKES} handshakes with a bad token", "WebSocket /v1/stream", status)
    await beside
    await _half_open(asker, table)


async def _half_open(asker: Asker, table: Table) -> None:
    """Connections that begin a request and say nothing more."""
    lines = []
    for _ in range(HALF_OPEN):
        reader, writer = await asyncio.open_connection("127.0.0.1", asker.gateway.port)
        writer.write(b"GET /chat HTTP/1.1\r\nHost: a\r\n")
        lines.append((reader, writer))
    await _beside(asker, table, f"another learner, beside {HALF_OPEN} half-open connections")

    async def end(reader: asyncio.StreamReader) -> str:
        try:
            async with asyncio.timeout(HEAD_SECONDS + PATIENCE):
                await reader.read()
            return CLOSED
        except ConnectionError:
            return CLOSED
        except TimeoutError:
            return "open"

    for status in await asyncio.gather(*(end(reader) for reader, _ in lines)):
        table.refusal(FLOODS, f"{HALF_OPEN} connections with half a request", "the socket itself", status)
    for _, writer in lines:
        writer.close()


async def _beside(asker: Asker, table: Table, what: str) -> None:
    answer = await asker.post("messages", asker.bearer("calm"), {"text": "Is it quiet here?"})
    table.control(FLOODS, what, "POST /v1/messages", answer.status_code, answer.status_code == 202)


async def _only_status(asker: Asker, headers: dict[str, str]) -> int | str:
    status, _ = await asker.socket("/v1/stream", headers)
    return status


async def _many(count: int, one: Callable[[], Awaitable[int | str]]) -> list[int | str]:
    turns = asyncio.Semaphore(200)

    async def turn() -> int | str:
        async with turns:
            return await one()

    return list(await asyncio.gather(*(turn() for _ in range(count))))


async def _open_many(asker: Asker, path: str, headers: dict[str, str], count: int) -> list[int | str]:
    """The statuses of `count` handshakes whose sockets stay open until the last one is answered."""
    answered: list[int | str] = []
    done = asyncio.Event()

    async def one() -> None:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", asker.gateway.port)
        except OSError:
            answered.append(CLOSED)
            return
        try:
            writer.write(_handshake(path, headers["Authorization"]))
            async with asyncio.timeout(PATIENCE):
                head = await reader.readuntil(b"\r\n\r\n")
            answered.append(int(head.split(b" ", 2)[1]))
        except (asyncio.IncompleteReadError, ConnectionError):
            answered.append(CLOSED)
        except TimeoutError:
            answered.append(UNANSWERED)
        else:
            await done.wait()
        finally:
            writer.close()

    tasks = [asyncio.create_task(one()) for _ in range(count)]
    while len(answered) < count:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    done.set()
    await asyncio.gather(*tasks)
    return answered


async def _dropped(asker: Asker) -> float:
    lines = (await asker.http.get("/metrics")).text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if 'frames_total{what="too_slow"}' in line)
