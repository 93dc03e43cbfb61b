"""`python -m local.clickhouse.server --port PORT --path DIRECTORY`: the engine's process."""

import argparse
import asyncio
import os
import signal
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import uvloop

from local.clickhouse.engine import Engine
from local.clickhouse.interface import Answer, Interface
from local.http1 import Exchange, Handler, Request, serve
from local.ports import HOST

# Statements at once. Each is itself parallel: more handles help those that wait, not those that compute.
_THREADS = 12


def _handler(interface: Interface, pool: ThreadPoolExecutor) -> Handler:
    loop = asyncio.get_running_loop()

    def handle(request: Request, exchange: Exchange) -> None:
        if request.path != "/":
            _answer_path(request, exchange)
            return

        def done(future: "Future[Answer]") -> None:
            loop.call_soon_threadsafe(_respond, future, exchange)

        pool.submit(interface.answer, request).add_done_callback(done)

    return handle


def _answer_path(request: Request, exchange: Exchange) -> None:
    if request.path in ("/ping", "/replicas_status"):
        exchange.respond(200, b"Ok.\n", headers=[("X-ClickHouse-Server-Display-Name", "local")])
    else:
        exchange.respond(404, f"There is no handle {request.path}\n\nUse / or /ping for queries.\n".encode())


def _respond(future: "Future[Answer]", exchange: Exchange) -> None:
    error = future.exception()
    if error is not None:
        text = f"Code: 1002. DB::Exception: {error!r}. (UNKNOWN_EXCEPTION)\n"
        exchange.respond(500, text.encode(), headers=[("X-ClickHouse-Exception-Code", "1002")])
        return
    answer = future.result()
    exchange.respond(answer.status, answer.body, answer.content_type, answer.headers)


async def _serve(engine: Engine, port: int) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="statement") as pool:
        server = await serve(_handler(Interface(engine), pool), HOST, port)
        await stopping.wait()
        server.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m local.clickhouse.server")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--path", type=Path, required=True, help="where the data lives")
    parser.add_argument("--config", type=Path, help="the engine's own configuration file, which may name users")
    options = parser.parse_args()
    options.path.mkdir(parents=True, exist_ok=True)
    engine = Engine(str(options.path), config=options.config)
    uvloop.run(_serve(engine, options.port))
    engine.close()
    sys.stdout.flush()
    # The engine's own threads take seconds to wind down; all data is on disk by now.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
