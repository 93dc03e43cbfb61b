"""`masterx gateway` as a child, and tokens for it."""

import http.client
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from gateway.auth import sign
from local.ports import HOST
from local.service import Service

TOKEN_SECONDS = 3600.0


class GatewayProcess(Service):
    """A gateway with a shared key of its own. It is ready once it has read up to now."""

    stop_seconds = 20.0

    def __init__(
        self, directory: Path, environment: Mapping[str, str], *, key: str | None = None, name: str = "gateway"
    ) -> None:
        super().__init__(directory)
        self.name = name
        self.key = key or secrets.token_hex(32)
        self._environment = {**environment, "MASTERX_GATEWAY_JWT_KEY": self.key}

    def environment(self) -> Mapping[str, str]:
        return self._environment

    def command(self) -> list[str]:
        return [sys.executable, "-m", "cli.main", "gateway", "--port", str(self.port)]

    def answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=2)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def token(
        self,
        learner: str | None = None,
        *,
        tenant: str = "school",
        role: str = "learner",
        seconds: float = TOKEN_SECONDS,
    ) -> str:
        """A token that this gateway takes."""
        return sign(self.key, tenant=tenant, role=role, learner=learner, seconds=seconds)
