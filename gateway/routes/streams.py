"""`WebSocket /v1/stream` and `GET /v1/events`: a learner's stream."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from gateway.refusal import Refusal
from gateway.routes import sockets
from gateway.routes.common import parts_of, principal_of, session_asked, socket_principal
from gateway.stream import TooSlowError
from gateway.subscriber import Frame


async def stream(socket: WebSocket) -> None:
    """Frames as JSON texts. The client sends nothing; what it sends ends the stream."""
    try:
        parts, principal = parts_of(socket), await socket_principal(socket)
        learner = principal.learner_asked_for(socket.query_params.get("learner"))
        after = socket.query_params.get("after")
        with parts.streams.opened(principal, learner, session_asked(socket), after) as opened:
            await sockets.accept(socket)
            async with aclosing(opened.batches):
                await sockets.run(socket, _send(socket, opened.batches), opened.lost)
            parts.hub.counts["too_slow"] += opened.lost.is_set()
    except Refusal as refusal:
        await sockets.refuse(socket, refusal)


async def _send(socket: WebSocket, batches: AsyncGenerator[list[Frame], None]) -> None:
    try:
        async for frames in batches:
            for frame in frames:
                await socket.send_text(orjson.dumps(frame).decode())
    except TooSlowError:
        return


class EventStream(Response):
    """The same as server-sent events. Only frames that a stream can be resumed behind have an id."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self.background = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open the stream and send it. Raises `Refusal` before anything is sent."""
        request = self._request
        parts, principal = parts_of(request), await principal_of(request)
        learner = principal.learner_asked_for(request.query_params.get("learner"))
        after = request.headers.get("last-event-id") or request.query_params.get("after")
        with parts.streams.opened(principal, learner, session_asked(request), after) as opened:
            answer = StreamingResponse(
                _events(opened.batches),
                media_type="text/event-stream",
                headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
            )
            sending = asyncio.create_task(answer(scope, receive, send))
            lost = asyncio.create_task(_until(opened.lost))
            try:
                await asyncio.wait((sending, lost), return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (sending, lost):
                    task.cancel()
                await asyncio.gather(sending, lost, return_exceptions=True)
                await opened.batches.aclose()
            parts.hub.counts["too_slow"] += opened.lost.is_set()
            if not sending.cancelled() and (failed := sending.exception()) is not None:
                raise failed


async def events(request: Request) -> Response:
    """`GET /v1/events`."""
    return EventStream(request)


async def _events(batches: AsyncGenerator[list[Frame], None]) -> AsyncIterator[bytes]:
    try:
        async for frames in batches:
            # A comment as a heartbeat, so that whoever is between knows that this is alive.
            yield b"".join(as_event(frame) for frame in frames) or b": \n\n"
    except TooSlowError:
        return
    except Refusal as refusal:
        yield as_event({"type": "end", "message": refusal.line})


def as_event(frame: Frame) -> bytes:
    """A frame as one server-sent event."""
    identity = f"id: {frame['cursor']}\n" if "cursor" in frame else ""
    return f"{identity}event: {frame['type']}\ndata: ".encode() + orjson.dumps(frame) + b"\n\n"


async def _until(event: asyncio.Event) -> None:
    await event.wait()
