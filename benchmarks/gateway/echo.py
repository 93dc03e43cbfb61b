"""A bare echo server on the same WebSocket library: `python -m benchmarks.gateway.echo PORT`."""

import asyncio
import resource
import sys

import uvloop
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


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    uvloop.install()
    asyncio.run(main(int(sys.argv[1])))
