"""`python -m local.provider.server --port PORT`: the test provider's process."""

import argparse
import asyncio
import signal
import sys

import uvloop

from local.http1 import serve
from local.ports import HOST
from local.provider.app import App


async def _serve(port: int, counter: bool) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    server = await serve(App(counter).handle, HOST, port)
    await stopping.wait()
    server.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m local.provider.server")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--no-counter", action="store_true", help="the same body always gets the same reply")
    options = parser.parse_args()
    uvloop.run(_serve(options.port, not options.no_counter))
    return 0


if __name__ == "__main__":
    sys.exit(main())
