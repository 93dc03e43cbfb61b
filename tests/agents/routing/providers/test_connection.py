import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from agents.routing.failure import ProviderFailure
from agents.routing.providers.connection import Pool

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
ASK = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"

# What the server does with each request in turn: bytes to send, seconds to wait, None to close.
Script = list[list[bytes | float | None]]


class Scripted:
    """A server whose every byte the test chooses."""

    def __init__(self) -> None:
        self.script: Script = []
        self.connections = 0
        self.requests = 0
        self.url = ""
        self.serving: set[asyncio.Task[None] | None] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.serving.add(asyncio.current_task())
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._serve(reader, writer)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            self.requests += 1
            for step in self.script.pop(0):
                if isinstance(step, bytes):
                    writer.write(step)
                    await writer.drain()
                elif step is None:
                    return
                else:
                    await asyncio.sleep(step)

    async def stop(self) -> None:
        tasks = [task for task in self.serving if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def server() -> AsyncIterator[Scripted]:
    scripted = Scripted()
    listening = await asyncio.start_server(scripted.serve, "127.0.0.1", 0)
    scripted.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
    yield scripted
    await scripted.stop()
    listening.close()


@pytest.fixture
async def ask(server: Scripted) -> AsyncIterator[Callable[..., Awaitable[bytes]]]:
    pool = Pool(server.url)

    async def one(enough: int = 1 << 30) -> bytes:
        got = bytearray()

        def take(data: bytes) -> bool:
            got.extend(data)
            return len(got) >= enough

        def on_head(status: int, headers: dict[str, str]) -> Callable[[bytes], bool]:
            assert status == 200
            return take

        await pool.exchange(ASK, on_head)
        return bytes(got)

    yield one
    pool.close()


Ask = Callable[..., Awaitable[bytes]]


async def test_one_connection_carries_calls_one_after_another(server: Scripted, ask: Ask) -> None:
    server.script = [[OK], [OK], [OK]]
    assert [await ask() for _ in range(3)] == [b"hello"] * 3
    assert server.connections == 1


async def test_calls_at_once_have_connections_of_their_own(server: Scripted, ask: Ask) -> None:
    server.script = [[0.02, OK], [0.02, OK]]
    assert await asyncio.gather(ask(), ask()) == [b"hello"] * 2
    assert server.connections == 2


@pytest.mark.parametrize(
    "sent",
    [
        [OK[:9], 0.01, OK[9:20], 0.01, OK[20:]],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n", 0.01, b"2\r\nlo\r\n0\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\n\r\nhel", 0.01, b"lo", None],
        [b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", 0.01, OK],
    ],
    ids=["in pieces", "chunked", "until the connection ends", "after an interim reply"],
)
async def test_each_framing_gives_the_body(server: Scripted, ask: Ask, sent: list[bytes | float | None]) -> None:
    server.script = [sent]
    assert await ask() == b"hello"


async def test_taker_that_has_enough_need_not_wait_and_the_connection_is_kept(server: Scripted, ask: Ask) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
    server.script = [[head, 0.05, b"0\r\n\r\n"], [OK]]
    assert await ask(5) == b"hello"
    await asyncio.sleep(0.1)
    assert await ask() == b"hello"
    assert server.connections == 1


@pytest.mark.parametrize("unasked", [b"\r\n", OK.replace(b"hello", b"again")], ids=["a line's end", "a whole reply"])
async def test_what_comes_unasked_lets_no_two_calls_share_a_connection(
    server: Scripted, ask: Ask, unasked: bytes
) -> None:
    server.script = [[OK, 0.02, unasked], [0.02, OK], [0.02, OK]]
    await ask()
    await asyncio.sleep(0.1)
    async with asyncio.timeout(5):
        assert await asyncio.gather(ask(), ask()) == [b"hello"] * 2
    # The connection that said what nobody had asked for carries nothing any more.
    assert server.connections == 3


async def test_server_that_asks_to_close_is_not_asked_again_on_it(server: Scripted, ask: Ask) -> None:
    server.script = [[OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")], [OK]]
    assert [await ask(), await ask()] == [b"hello"] * 2
    assert server.connections == 2


async def test_kept_connection_that_is_gone_is_replaced_once(server: Scripted, ask: Ask) -> None:
    server.script = [[OK], [None], [OK]]
    assert [await ask(), await ask()] == [b"hello"] * 2
    assert server.connections == 2


async def test_server_that_always_drops_calls_is_asked_no_more_than_twice(server: Scripted, ask: Ask) -> None:
    server.script = [[0.02, OK], [0.02, OK], [None], [None]]
    await asyncio.gather(ask(), ask())
    with pytest.raises(ProviderFailure) as raised:
        await ask()
    assert raised.value.kind == "connection"
    assert server.requests == 4


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        ([OK[:-2], None], "connection"),
        ([OK[:12], None], "connection"),
        ([None], "connection"),
        ([b"SSH-2.0-OpenSSH\r\n\r\n"], "bad_reply"),
    ],
)
async def test_what_is_no_whole_reply(server: Scripted, ask: Ask, sent: list[bytes | float | None], kind: str) -> None:
    server.script = [sent]
    with pytest.raises(ProviderFailure) as raised:
        await ask()
    assert raised.value.kind == kind


async def test_taker_that_raises_ends_the_call_and_its_connection(server: Scripted, ask: Ask) -> None:
    server.script = [[OK], [OK]]
    pool = Pool(server.url)

    def on_head(status: int, headers: dict[str, str]) -> Callable[[bytes], bool]:
        raise ProviderFailure("bad_reply", "not wanted")

    with pytest.raises(ProviderFailure, match="not wanted"):
        await pool.exchange(ASK, on_head)
    assert await ask() == b"hello"
    assert server.connections == 2


async def test_cancelled_call_closes_its_connection(server: Scripted, ask: Ask) -> None:
    server.script = [[OK], [60.0], [OK]]
    await ask()
    task = asyncio.ensure_future(ask())
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await ask() == b"hello"
    assert server.connections == 2


async def test_address_where_nobody_listens_is_a_failed_connection(unused_port: int) -> None:
    with pytest.raises(ProviderFailure) as raised:
        await Pool(f"http://127.0.0.1:{unused_port}/").exchange(ASK, lambda status, headers: lambda data: True)
    assert raised.value.kind == "connection"


@pytest.fixture
async def unused_port() -> int:
    listening = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port: int = listening.sockets[0].getsockname()[1]
    listening.close()
    await listening.wait_closed()
    return port


@pytest.fixture
def deaf(server: Scripted) -> Iterator[str]:
    """An address with the server's port where a connection is neither taken nor refused: its queue is full."""
    address = "127.0.0.2"
    with socket.socket() as listening, socket.socket() as first:
        listening.bind((address, urlsplit(server.url).port))
        listening.listen(0)
        first.connect(listening.getsockname())
        yield address


async def test_address_that_takes_nobody_in_leaves_the_next_its_time_and_is_left_out(
    server: Scripted, deaf: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.routing.providers.connection.CONNECT_SECONDS", 1.0)
    server.script = [[OK]] * 3
    pool = Pool(server.url)
    # As a name with two addresses gives them.
    pool._addresses, pool._asked_at = ["127.0.0.1", deaf], time.monotonic()
    began = time.monotonic()
    await asyncio.gather(*(pool.exchange(ASK, lambda status, headers: lambda data: False) for _ in range(3)))
    assert server.requests == 3
    assert pool._addresses == ["127.0.0.1"]
    assert time.monotonic() - began < 1.0
    pool.close()


async def test_host_whose_only_address_takes_nobody_in_is_given_its_time(
    deaf: str, server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.routing.providers.connection.CONNECT_SECONDS", 0.2)
    pool = Pool(server.url.replace("127.0.0.1", deaf))
    with pytest.raises(ProviderFailure, match=r"no connection within 0\.2 s") as raised:
        await pool.exchange(ASK, lambda status, headers: lambda data: True)
    assert raised.value.kind == "timeout"
