"""The server's HTTP protocol: a request's head must come soon, and be small.

uvicorn itself waits for a head without end and keeps whatever comes of it: connections that say a little now and then
would fill the process, without any token.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES = 32 * 1024
HEAD_SECONDS = 10.0
# A WebSocket's handshake: a little less than `websockets` takes.
MOST_SOCKET_HEADERS, MOST_SOCKET_LINE_BYTES = 100, 8000
# What may come of a request that has been answered already, a refused body for example, before the line is cut.
MOST_AFTER_ANSWER_BYTES = 2**20


class HeadTooLargeError(Exception):
    """Ends the parsing of a request; uvicorn answers it with 400."""


class GuardedProtocol(HttpToolsProtocol):
    """Closes a connection whose next head takes longer than `HEAD_SECONDS` or has more than `MOST_HEAD_BYTES`."""

    _late: asyncio.TimerHandle | None = None
    _in_head = True
    _came = 0
    _size = 0
    _after_answer = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._settle()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Pass it on; then look whether a head has become too large without ending."""
        if self._in_head:
            self._came += len(data)
            self._wait()
        super().data_received(data)
        if self._in_head and self._came > MOST_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The request's head is too large.")
        if not self._in_head and self.cycle is not None and self.cycle.response_complete:
            self._after_answer += len(data)
            if self._after_answer > MOST_AFTER_ANSWER_BYTES:
                self.transport.close()

    def on_message_begin(self) -> None:
        """A head begins."""
        self._in_head, self._size, self._after_answer = True, 0, 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Count it."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count it; a head that came in one piece may be too large as well."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._in_head = False
        self._settle()
        super().on_headers_complete()

    def handle_websocket_upgrade(self) -> None:
        """Go on as a WebSocket. Its parser has narrower limits, and answers nothing to what is beyond them."""
        sizes = [len(name) + len(value) for name, value in self.headers]
        if len(sizes) > MOST_SOCKET_HEADERS or max([len(self.url), *sizes]) > MOST_SOCKET_LINE_BYTES:
            self.send_400_response("The handshake's head is too large.")
            return
        super().handle_websocket_upgrade()

    def on_message_complete(self) -> None:
        """What comes next is another head."""
        super().on_message_complete()
        self._in_head, self._came = True, 0
        self._settle()

    def on_response_complete(self) -> None:
        """What is still to come of a request that is answered must come soon too."""
        super().on_response_complete()
        if not self._in_head:
            self._wait()

    def _count(self, size: int) -> None:
        self._size += size
        if self._size > MOST_HEAD_BYTES:
            raise HeadTooLargeError

    def _wait(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(HEAD_SECONDS, self._close)

    def _settle(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _close(self) -> None:
        self._late = None
        # While a request is being answered, nothing that follows it is late.
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()
