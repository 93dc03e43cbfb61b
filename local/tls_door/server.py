"""`python -m local.tls_door.server --port PORT --to PORT --certificate PEM`: TLS outside, plain text inside."""

import argparse
import asyncio
import contextlib
import signal
import ssl
import sys
from pathlib import Path

from local.ports import HOST

CHUNK = 65_536


async def _carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    # Whoever leaves first ends the other way as well.
    with contextlib.suppress(OSError):
        while data := await source.read(CHUNK):
            sink.write(data)
            await sink.drain()
    sink.close()


async def _serve(port: int, target: int, context: ssl.SSLContext) -> None:
    async def taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection(HOST, target)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_carry(reader, inner_writer), _carry(inner_reader, writer))

    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    # A client that does not trust the certificate hangs up: that is no news here.
    loop.set_exception_handler(lambda _loop, _context: None)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    server = await asyncio.start_server(taken, HOST, port, ssl=context)
    await stopping.wait()
    server.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m local.tls_door.server")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--to", type=int, required=True, help="the port of this machine that speaks plain text")
    parser.add_argument("--certificate", type=Path, required=True, help="PEM file of a key and its certificate")
    options = parser.parse_args()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(options.certificate)
    asyncio.run(_serve(options.port, options.to, context))
    return 0


if __name__ == "__main__":
    sys.exit(main())
