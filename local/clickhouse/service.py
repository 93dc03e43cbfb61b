"""The engine's process as a service of the local stack."""

import importlib.util
import socket
import sys
from collections.abc import Mapping

from local.errors import LocalStackError
from local.ports import HOST
from local.service import Service


class ClickHouse(Service):
    """Data lives in `directory`; user `default` without a password, as in a fresh ClickHouse."""

    name = "clickhouse"
    start_seconds = 30.0

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
        return [sys.executable, "-m", "local.clickhouse.server", "--port", str(self.port), "--path", str(data)]

    def answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=0.5) as connection:
                connection.sendall(b"GET /ping HTTP/1.1\r\nConnection: close\r\n\r\n")
                return connection.recv(15).startswith(b"HTTP/1.1 200")
        except OSError:
            return False
