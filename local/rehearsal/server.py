"""`python -m local.rehearsal.server --port PORT`: the rehearsal provider's process."""

import argparse
import asyncio
import random
import signal
import sys

import uvloop

from config import curriculum
from config.prompts import tutor_template
from local.http1 import serve
from local.ports import HOST
from local.rehearsal.app import App
from local.rehearsal.lessons import lessons


async def _serve(port: int, seed: int, first_ms: float, between_ms: float) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    draw = random.Random(seed)
    app = App(
        tutor_template(),
        curriculum.load(),
        lessons(),
        delay=lambda: first_ms / 1000 * draw.lognormvariate(0.0, 0.4),
        pause=lambda: between_ms / 1000,
    )
    server = await serve(app.handle, HOST, port)
    await stopping.wait()
    server.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m local.rehearsal.server")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1, help="of the waiting times")
    parser.add_argument("--first-ms", type=float, default=220.0, help="median wait before the first words")
    parser.add_argument("--between-ms", type=float, default=25.0, help="wait between two groups of words")
    options = parser.parse_args()
    uvloop.run(_serve(options.port, options.seed, options.first_ms, options.between_ms))
    return 0


if __name__ == "__main__":
    sys.exit(main())
