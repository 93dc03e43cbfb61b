"""The test provider's process as a service of the local stack, and its controls."""

import json
import socket
import sys
from typing import Any, cast
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from local.errors import LocalStackError
from local.ports import HOST
from local.service import Service


class Provider(Service):
    """`local.provider.rules` describes what `control` takes. Raises `LocalStackError` when a rule is not valid."""

    name = "provider"

    @property
    def url(self) -> str:
        """Root of the server; the paths of the protocol are below `base_url`."""
        return f"http://{self.address}"

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    def command(self) -> list[str]:
        return [sys.executable, "-m", "local.provider.server", "--port", str(self.port)]

    def answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=0.5) as connection:
                connection.sendall(b"GET /health HTTP/1.1\r\nConnection: close\r\n\r\n")
                return connection.recv(15).startswith(b"HTTP/1.1 200")
        except OSError:
            return False

    def _call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urlopen(request, timeout=10) as answer:
                return cast(dict[str, Any], json.load(answer))
        except HTTPError as error:
            raise LocalStackError(f"the test provider refused {path}: {error.read().decode().strip()}") from error

    def control(self, *rules: dict[str, Any], **rule: Any) -> dict[str, Any]:
        """Replace all rules, by dicts or by one rule's fields; without any it answers normally."""
        return self._call("POST", "/control", {"rules": [*rules, *([rule] if rule else [])]})

    def stats(self, by_message: bool = True) -> dict[str, Any]:
        """Counts since the start or the last `reset`."""
        return self._call("GET", "/stats" if by_message else "/stats?by_message=0")

    def reset(self) -> None:
        """Set all counts to zero and drop all rules."""
        self._call("POST", "/reset", {})
