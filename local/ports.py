"""Free TCP ports on the loopback interface."""

import random
import socket

from local.errors import LocalStackError

# Below Linux's range for outgoing connections: none of those can take the port while its service restarts.
_LOWEST, _HIGHEST = 20_000, 32_000

HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a service could listen on `port` now (connections in TIME_WAIT do not count)."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that nothing listens on. Raises `LocalStackError` when 500 tries found none."""
    for _ in range(500):
        port = random.randint(_LOWEST, _HIGHEST)
        if is_free(port):
            return port
    raise LocalStackError(f"no free port between {_LOWEST} and {_HIGHEST}: stop some servers and try again")


def require_free(port: int, service: str) -> None:
    """Raises `LocalStackError` when something listens on `port`."""
    if not is_free(port):
        raise LocalStackError(f"port {port} for {service} is taken: stop what listens there or choose another port")
