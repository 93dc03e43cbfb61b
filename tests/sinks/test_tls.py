"""ClickHouse behind TLS: who is let in and who is not, by the clients that the apps use."""

import logging
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from config.clickhouse import ClickHouseSecurityError
from config.settings import Settings
from gateway.refusal import Refusal
from gateway.warehouse import Warehouse
from local.certificates import make
from local.stack import Stack
from local.tls_door import TlsDoor
from sinks.client import connect
from sinks.errors import SinkError
from tests.sinks.conftest import settings_for

pytestmark = [pytest.mark.stack]


@pytest.fixture(scope="module")
def door(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsDoor]:
    place = tmp_path_factory.mktemp("door")
    make(place, "masterx-clickhouse", "door.pem")
    port = int(stack.environment()["MASTERX_CLICKHOUSE_URL"].rpartition(":")[2])
    service = TlsDoor("clickhouse", place, port, place / "door.pem")
    service.start()
    yield service
    service.stop()


@pytest.fixture
def encrypted(stack: Stack, door: TlsDoor) -> Settings:
    return settings_for(stack, clickhouse_url=f"https://{door.address}", clickhouse_ca_file=str(door.ca_file))


async def test_both_clients_verify_and_get_in(encrypted: Settings) -> None:
    client = connect(encrypted)
    assert client.query("SELECT 1").first_row == (1,)
    client.close()
    warehouse = Warehouse(encrypted.model_copy(update={"clickhouse_database": "default"}))
    await warehouse.ping()
    assert await warehouse.rows("SELECT 1 AS one") == [{"one": 1}]
    await warehouse.close()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"clickhouse_ca_file": ""}, "can't be verified: set MASTERX_CLICKHOUSE_CA_FILE"),
        ({"clickhouse_ca_file": "/nowhere/ca.pem"}, "MASTERX_CLICKHOUSE_CA_FILE: /nowhere/ca.pem: No such file"),
        ({"clickhouse_user": "nobody"}, "check MASTERX_CLICKHOUSE_USER and MASTERX_CLICKHOUSE_PASSWORD"),
    ],
    ids=["authority", "no file", "user"],
)
def test_a_wrong_certificate_or_login_is_one_line(encrypted: Settings, changes: dict[str, str], said: str) -> None:
    with pytest.raises(SinkError, match=said) as refused:
        connect(encrypted.model_copy(update=changes))
    assert "\n" not in str(refused.value)


def test_plain_text_where_tls_is_expected_is_one_line(encrypted: Settings) -> None:
    # As ClickHouse does, it answers what it can't read in plain text.
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"https://127.0.0.1:{server.server_port}"
        with pytest.raises(SinkError, match="speaks no TLS"):
            connect(encrypted.model_copy(update={"clickhouse_url": address}))
        server.shutdown()


async def test_the_gateway_says_once_what_is_wrong(encrypted: Settings, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "gateway.warehouse")
    for changes, said in (
        ({"clickhouse_ca_file": ""}, "can't be verified: set MASTERX_CLICKHOUSE_CA_FILE"),
        ({"clickhouse_user": "nobody"}, "nobody: Authentication failed"),
    ):
        caplog.clear()
        warehouse = Warehouse(encrypted.model_copy(update=changes))
        for _ in range(2):
            with pytest.raises(Refusal) as refused:
                await warehouse.rows("SELECT 1")
            assert "MASTERX" not in refused.value.line
        (line,) = [record.getMessage() for record in caplog.records]
        assert said in line
        await warehouse.close()


def test_an_authority_that_is_none_is_named(encrypted: Settings, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(ClickHouseSecurityError, match="holds no certificate"):
        Warehouse(encrypted.model_copy(update={"clickhouse_ca_file": str(tmp_path / "ca.pem")}))
