"""What the WebSocket routes share: accepting, refusing, and sending until either side ends it."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway.refusal import Refusal, response_to
from gateway.routes.common import SUBPROTOCOL

# Close codes: those above 4000 say what a client should do.
EXPIRED, TOO_SLOW, UNTAKEN, TRY_AGAIN = 4401, 4408, 1003, 1013
CLOSE_SECONDS = 1.0


async def accept(socket: WebSocket) -> None:
    """Accept, in the subprotocol where the client offered it."""
    offered = {name.strip() for name in socket.headers.get("sec-websocket-protocol", "").split(",")}
    await socket.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)


async def refuse(socket: WebSocket, refusal: Refusal) -> None:
    """Answer the handshake with the refusal, as HTTP would."""
    await socket.send_denial_response(response_to(refusal))


async def run(socket: WebSocket, sending: Coroutine[None, None, None], lost: asyncio.Event | None = None) -> None:
    """Send until `sending` ends or is refused, the client goes or says anything, or `lost` is set; then close."""
    gone, send = asyncio.create_task(socket.receive()), asyncio.create_task(sending)
    tasks: list[asyncio.Task[Any]] = [gone, send]
    if lost is not None:
        tasks.append(asyncio.create_task(_until(lost)))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        code, reason = 1000, ""
        if lost is not None and lost.is_set():
            code, reason = TOO_SLOW, "too slow; resume with ?after="
        elif gone.done():
            if gone.result()["type"] != "websocket.receive":
                return
            code, reason = UNTAKEN, "this stream takes no frames: POST to /v1 instead"
        else:
            try:
                send.result()
            except Refusal as refusal:
                code, reason = EXPIRED if refusal.status == 401 else TRY_AGAIN, refusal.line
            except (WebSocketDisconnect, RuntimeError):
                return
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    try:
        # A client that reads nothing does not read this either.
        async with asyncio.timeout(CLOSE_SECONDS):
            await socket.close(code, reason[:120])
    except (WebSocketDisconnect, RuntimeError, TimeoutError):
        return


async def _until(event: asyncio.Event) -> None:
    await event.wait()
