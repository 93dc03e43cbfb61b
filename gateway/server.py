"""Runs the app in uvicorn, with limits."""

import gc
import ipaddress
import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from config import kafka_connection, kafka_sequences, schema_lookup
from gateway.app import create
from gateway.compression import StreamProtocol
from gateway.http import GuardedProtocol
from gateway.parts import Parts

MOST_FRAME_BYTES = 4096
PING_SECONDS = 20.0
STOP_SECONDS = 10
BACKLOG = 2048
# A peer that takes nothing for so long is gone, milliseconds.
UNTAKEN_MS = 30_000
COLLECT_AFTER = (50_000, 50, 100)
# Requests that are not streams, beside those that are.
REQUESTS_BESIDES = 5000


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises `OSError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNTAKEN_MS)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def raise_descriptor_limit() -> int:
    """Let this process open as many files and sockets as the system allows it; how many that is."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def serve(parts: Parts, listening: socket.socket, ready: Callable[[], None]) -> int:
    """Serve until SIGTERM or SIGINT; the exit code. `ready` is called once requests are taken."""
    raise_descriptor_limit()
    kafka_connection.install()
    kafka_sequences.install()
    schema_lookup.install(parts.settings, in_background=True)
    loopback = is_loopback(listening.getsockname()[0])
    config = uvicorn.Config(
        create(parts, loopback=loopback),
        loop="uvloop",
        http=GuardedProtocol,
        ws=StreamProtocol,
        ws_max_size=MOST_FRAME_BYTES,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        # Offered by StreamProtocol, where it is worth its memory.
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=parts.settings.gateway_max_streams + REQUESTS_BESIDES,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    server = _Server(config, ready)
    with listening:
        server.run([listening])
    return 0 if server.started else 1


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn would send itself the signal again: the process would end before spans are handed over."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # Streams live for hours: walking over all of them to find garbage would stop the rest for as long as it takes.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT_AFTER)
        if self.started:
            self._ready()
