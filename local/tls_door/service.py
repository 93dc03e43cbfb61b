"""The door's process as a service of the local stack."""

import socket
import ssl
import sys
from pathlib import Path

from local.ports import HOST
from local.service import Service


class TlsDoor(Service):
    """Takes TLS connections and hands what comes to `target`, a port of this machine. Its certificate is in `pem`."""

    def __init__(self, name: str, directory: Path, target: int, pem: Path, port: int | None = None) -> None:
        super().__init__(directory, port)
        self.name = f"{name}-tls"
        self._target, self._pem = target, pem

    @property
    def ca_file(self) -> Path:
        """What its clients verify it with."""
        return self._pem.with_name("ca.pem")

    def command(self) -> list[str]:
        module = ["-m", "local.tls_door.server", "--port", str(self.port), "--to", str(self._target)]
        return [sys.executable, *module, "--certificate", str(self._pem)]

    def answers(self) -> bool:
        context = ssl.create_default_context()
        # Who it is, is for its clients to verify; this asks only whether somebody shakes hands.
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            with (
                socket.create_connection((HOST, self.port), timeout=0.5) as connection,
                context.wrap_socket(connection),
            ):
                return True
        except OSError:
            return False
