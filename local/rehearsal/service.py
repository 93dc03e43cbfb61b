"""The rehearsal provider's process as a service of the local stack."""

import socket
import sys

from local.ports import HOST
from local.service import Service


class Rehearsal(Service):
    """Answers OpenAI's chat completions with replies that were written for the demo's simulated class."""

    name = "rehearsal"

    @property
    def base_url(self) -> str:
        """What an OpenAI client takes for its address."""
        return f"http://{self.address}/v1"

    def command(self) -> list[str]:
        return [sys.executable, "-m", "local.rehearsal.server", "--port", str(self.port)]

    def answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=0.5) as connection:
                connection.sendall(b"GET /health HTTP/1.1\r\nConnection: close\r\n\r\n")
                return connection.recv(15).startswith(b"HTTP/1.1 200")
        except OSError:
            return False
