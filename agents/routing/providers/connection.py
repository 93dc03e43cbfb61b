"""One HTTP/1.1 connection to a provider, and a pool of them: POSTs whose replies are handed on as their bytes come.

aiohttp and httpx wake the caller for each piece of a body, through several layers; a reply of a hundred tokens is a
hundred such wakes. Here the caller is woken once, at the reply's end.
"""

import asyncio
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from typing import cast
from urllib.parse import urlsplit

from httptools import HttpParserError, HttpResponseParser

from agents.routing.failure import ProviderFailure, one_line

CONNECT_SECONDS = 5.0
# Idle connections are given up after so long; servers keep theirs for a minute or more.
IDLE_SECONDS = 30.0
# How long a server may take over the end of a body whose content was complete.
END_SECONDS = 1.0
ADDRESS_SECONDS = 10.0

# Gets the status and the headers (names in lower case); gives what takes the body's bytes as they come, and says by
# `True` that it has all it wants.
OnHead = Callable[[int, dict[str, str]], Callable[[bytes], bool]]


class StaleError(Exception):
    """A kept connection was gone before the first byte of a reply: the call was not heard."""


class Connection(asyncio.Protocol):
    """A connection that carries one exchange at a time.

    `at_rest(connection)` is called when it can carry the next, `gone(connection)` when it is closed.
    """

    def __init__(self, at_rest: Callable[["Connection"], None], gone: Callable[["Connection"], None]) -> None:
        self._at_rest = at_rest
        self._gone = gone
        self._transport: asyncio.Transport | None = None
        self._parser = HttpResponseParser(self)
        self._on_head: OnHead | None = None
        self._on_body: Callable[[bytes], bool] | None = None
        self._ended: asyncio.Future[None] | None = None
        self._headers: dict[str, str] = {}
        self._parts: list[bytes] = []
        self._head_complete = self._complete = self._keep_alive = False
        self._exchanges = 0
        self.idle_since = 0.0

    @property
    def is_open(self) -> bool:
        """Whether it can still carry an exchange, as far as is known."""
        return self._transport is not None and not self._transport.is_closing()

    async def exchange(self, request: bytes, on_head: OnHead) -> None:
        """Send `request` and hand on the reply. Returns when its body is whole, or its taker has all it wants.

        Raises `ProviderFailure`, `StaleError`, and what `on_head` and the taker raise. Cancelled or failed, the
        connection is closed.
        """
        if self._transport is None:
            raise StaleError
        self._exchanges += 1
        self._on_head, self._on_body = on_head, None
        self._headers, self._head_complete, self._complete = {}, False, False
        self._ended = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        try:
            await self._ended
        except BaseException:
            self.close()
            raise
        finally:
            self._ended = self._on_head = self._on_body = None
        if self._complete:
            self._rest()
        else:
            asyncio.get_running_loop().call_later(END_SECONDS, self._close_unless_complete, self._exchanges)

    def close(self) -> None:
        """Close at once; what was on its way is dropped."""
        if self._transport is not None:
            self._transport.abort()

    def _close_unless_complete(self, exchange: int) -> None:
        if exchange == self._exchanges and not self._complete:
            self.close()

    def _rest(self) -> None:
        if self.is_open and self._keep_alive:
            self._at_rest(self)
        else:
            self.close()

    def _end(self, error: BaseException | None = None) -> None:
        if self._ended is not None and not self._ended.done():
            if error is None:
                self._ended.set_result(None)
            else:
                self._ended.set_exception(error)

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._transport = None
        self._gone(self)
        if self._ended is None or self._ended.done():
            return
        if not self._headers and not self._head_complete and self._exchanges > 1:
            self._end(StaleError())
        elif self._until_close and exc is None:
            self._end()
        else:
            self._end(ProviderFailure("connection", one_line(exc) if exc else "the connection was closed"))

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        if self._ended is None and (self._complete or not self._exchanges):
            # Nobody has asked: what comes belongs to no call, and the next call's reply must not be taken for it.
            self.close()
            return
        try:
            self._parser.feed_data(data)
            if self._parts:
                body, self._parts = b"".join(self._parts), []
                # A body that nobody waits for any more is read to its end, so that the connection can be kept.
                if self._on_body is not None and self._on_body(body):
                    self._end()
            if self._complete:
                if self._ended is None:
                    self._rest()
                else:
                    self._end()
        except HttpParserError as error:
            self._fail(ProviderFailure("bad_reply", f"not HTTP: {one_line(error.__context__ or error)}"))
        except Exception as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self._end(error)
        if self._ended is None:
            self.close()

    # What the parser calls.

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header of the reply."""
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """The body follows, unless the reply is an interim one."""
        status = self._parser.get_status_code()
        if status < 200:
            self._headers = {}
            return
        self._head_complete = True
        if self._on_head is not None:
            self._on_body = self._on_head(status, self._headers)

    def on_body(self, body: bytes) -> None:
        """A piece of the body; those that came together are put together."""
        self._parts.append(body)

    def on_message_complete(self) -> None:
        """The reply is whole."""
        self._complete = self._head_complete
        # The parser forgets it once it begins to wait for the next reply.
        self._keep_alive = self._parser.should_keep_alive()

    @property
    def _until_close(self) -> bool:
        """Whether the body's end is the connection's."""
        framed = "content-length" in self._headers or "chunked" in self._headers.get("transfer-encoding", "").lower()
        return self._head_complete and not framed


class Pool:
    """Connections to one address, kept from one call to the next; the one used last goes first."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        secure = parts.scheme == "https"
        self._port = parts.port or (443 if secure else 80)
        self._tls = ssl.create_default_context() if secure else None
        self._idle: list[Connection] = []
        self._all: set[Connection] = set()
        self._addresses: list[str] = []
        self._asked_at = 0.0
        self._turn = 0

    async def exchange(self, request: bytes, on_head: OnHead, on_connected: Callable[[], None] = lambda: None) -> None:
        """See `Connection.exchange`. A call that met a kept connection which was gone is made again on a new one.

        `on_connected` is called before the request is sent.
        """
        if (connection := self._kept()) is not None:
            # Only one more time: a server that drops what it has heard must not be asked over and over.
            with suppress(StaleError):
                on_connected()
                await connection.exchange(request, on_head)
                return
        try:
            connection = await self._connected()
            on_connected()
            await connection.exchange(request, on_head)
        except StaleError as error:
            raise ProviderFailure("connection", "the connection was closed") from error

    def close(self) -> None:
        """Close all connections."""
        for connection in list(self._all):
            connection.close()
        self._all.clear()
        self._idle.clear()

    def _kept(self) -> Connection | None:
        oldest = time.monotonic() - IDLE_SECONDS
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open and connection.idle_since > oldest:
                return connection
            # Those below it have been idle for longer.
            for gone in (connection, *self._idle):
                gone.close()
            self._idle.clear()
        return None

    def _at_rest(self, connection: Connection) -> None:
        connection.idle_since = time.monotonic()
        self._idle.append(connection)

    async def _connected(self) -> Connection:
        loop = asyncio.get_running_loop()
        until = loop.time() + CONNECT_SECONDS
        last: OSError | None = None
        try:
            async with asyncio.timeout_at(until):
                addresses = tuple(await self._resolved())
        except OSError as error:
            addresses, last = (), error
        self._turn += 1
        for step in range(len(addresses)):
            address = addresses[(self._turn + step) % len(addresses)]
            # One that takes nobody in leaves the others their part of the time.
            part = (until - loop.time()) / (len(addresses) - step)
            try:
                async with asyncio.timeout(part):
                    _, connection = await loop.create_connection(
                        lambda: Connection(self._at_rest, self._all.discard),
                        address,
                        self._port,
                        ssl=self._tls,
                        server_hostname=self._host if self._tls else None,
                    )
            except OSError as error:
                last = error
                self._pass_by(address)
                continue
            self._all.add(connection)
            return connection
        if isinstance(last, TimeoutError):
            raise ProviderFailure("timeout", f"no connection within {CONNECT_SECONDS:g} s") from last
        raise ProviderFailure("connection", one_line(last) if last else f"{self._host} has no address") from last

    def _pass_by(self, address: str) -> None:
        """Leave an address out, while there are others, until the host's are asked for anew."""
        if len(self._addresses) > 1 and address in self._addresses:
            self._addresses.remove(address)

    async def _resolved(self) -> list[str]:
        """The host's addresses, asked for now and then: not by each of a thousand calls that begin together."""
        if not self._addresses or time.monotonic() - self._asked_at > ADDRESS_SECONDS:
            found = await asyncio.get_running_loop().getaddrinfo(self._host, self._port, type=1)
            self._addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
            self._asked_at = time.monotonic()
        return self._addresses
