import socket

import pytest

from local.errors import LocalStackError
from local.ports import HOST, free_port, is_free, require_free


def test_a_free_port_is_free_and_outside_of_the_outgoing_range() -> None:
    port = free_port()
    assert is_free(port)
    assert 20_000 <= port <= 32_000


def test_a_taken_port_is_named_with_its_service() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not is_free(port)
        with pytest.raises(LocalStackError, match=f"port {port} for valkey is taken: stop what listens there or"):
            require_free(port, "valkey")
