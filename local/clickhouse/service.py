"""The engine's process as a service of the local stack."""

import importlib.util
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from local.errors import LocalStackError
from local.ports import HOST
from local.service import Service


class ClickHouse(Service):
    """Data lives in `directory`; user `default` without a password, as in a fresh ClickHouse.

    `config` is a configuration file of ClickHouse's, by whose users file `default` may do less than everything.
    """

    name = "clickhouse"

    def __init__(self, directory: Path, port: int | None = None, config: Path | None = None) -> None:
        super().__init__(directory, port)
        self.config = config

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def prepare(self) -> None:
        if importlib.util.find_spec("chdb") is None:
            raise LocalStackError("no ClickHouse engine here: install it with pip install 'masterx[local]'")

    def environment(self) -> Mapping[str, str]:
        return {"TZ": "UTC"}

    def command(self) -> list[str]:
        data = self.directory / "data"
        command = [sys.executable, "-m", "local.clickhouse.server", "--port", str(self.port), "--path", str(data)]
        return [*command, "--config", str(self.config)] if self.config is not None else command

    def answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=0.5) as connection:
                connection.sendall(b"GET /ping HTTP/1.1\r\nConnection: close\r\n\r\n")
                return connection.recv(15).startswith(b"HTTP/1.1 200")
        except OSError:
            return False
