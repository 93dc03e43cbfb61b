"""The server's protocol on a socket, under an app that is none of the gateway's."""

import asyncio

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect

from gateway.compression import StreamProtocol
from gateway.server import listen

TEXT = "the same figures again " * 40


async def say(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(TEXT)
    await socket.close()


@pytest.mark.parametrize(
    ("path", "offered", "taken"),
    [
        ("/v1/metrics?kinds=concept", "deflate", ["permessage-deflate"]),
        ("/v1/metrics", None, []),
        ("/v1/stream?after=/v1/metrics", "deflate", []),
    ],
)
async def test_only_the_metrics_stream_is_compressed_and_only_for_those_who_offer_it(
    path: str, offered: str | None, taken: list[str]
) -> None:
    app = Starlette(routes=[WebSocketRoute("/v1/metrics", say), WebSocketRoute("/v1/stream", say)])
    config = uvicorn.Config(app, ws=StreamProtocol, ws_per_message_deflate=False, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    with listen("127.0.0.1", 0) as listening:
        serving = asyncio.create_task(server.serve([listening]))
        address = f"ws://127.0.0.1:{listening.getsockname()[1]}{path}"
        async with connect(address, compression=offered, proxy=None) as socket:
            assert [extension.name for extension in socket.protocol.extensions] == taken
            assert await socket.recv() == TEXT
        server.should_exit = True
        await serving
