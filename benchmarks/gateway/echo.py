"""A bare echo server, on the same WebSocket library or in uvicorn with its own settings.

`python -m benchmarks.gateway.echo websockets|uvicorn PORT`
"""

import asyncio
import resource
import sys

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.server import ServerConnection, serve

from local.ports import HOST


async def echo(connection: ServerConnection) -> None:
    """Send back what comes."""
    async for message in connection:
        await connection.send(message)


async def main(port: int) -> None:
    """Serve until killed."""
    async with serve(echo, HOST, port, compression=None, max_size=4096, backlog=2048):
        await asyncio.get_running_loop().create_future()


async def echo_asgi(socket: WebSocket) -> None:
    """The same as an ASGI endpoint."""
    await socket.accept()
    try:
        while True:
            await socket.send_text(await socket.receive_text())
    except WebSocketDisconnect:
        return


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if sys.argv[1] == "uvicorn":
        app = Starlette(routes=[WebSocketRoute("/", echo_asgi)])
        uvicorn.run(app, host=HOST, port=int(sys.argv[2]), log_level="error", backlog=2048)
    else:
        uvloop.install()
        asyncio.run(main(int(sys.argv[2])))
