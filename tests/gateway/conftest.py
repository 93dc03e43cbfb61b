"""A running system with a gateway in front of it, on real parts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.gateway.process import GatewayProcess
from cli.clickhouse import connected
from cli.stack import environment, settings_for
from cli.workers import Workers
from config.settings import Settings
from local.stack import Stack
from pipeline import admin
from sinks.migrate import migrate
from tests.gateway.client import Client


@pytest.fixture(scope="package")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of its own: these tests take parts of it away."""
    with Stack(tmp_path_factory.mktemp("gateway-stack"), broker="kafka") as stack:
        yield stack


@pytest.fixture(scope="package")
def variables(own_stack: Stack) -> dict[str, str]:
    return environment(own_stack, test_provider=True) | {"MASTERX_LOG_LEVEL": "INFO"}


@pytest.fixture(scope="package")
def settings(variables: dict[str, str]) -> Settings:
    return settings_for(variables)


@pytest.fixture(scope="package")
def workers(
    settings: Settings, variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workers]:
    admin.create(settings)
    with connected(settings, database=False) as client:
        migrate(client, settings)
    directory: Path = tmp_path_factory.mktemp("gateway-workers")
    with Workers(directory, variables) as running:
        yield running
        for log in sorted(directory.glob("*.log")):
            print(f"== {log.name}", *log.read_text(errors="replace").splitlines()[-30:], sep="\n")


@pytest.fixture(scope="package")
def gateway(
    workers: Workers, variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GatewayProcess]:
    process = GatewayProcess(tmp_path_factory.mktemp("gateway"), variables)
    process.start()
    yield process
    process.stop()
    print(f"== {process.log_path.name}", *process.log_path.read_text(errors="replace").splitlines()[-60:], sep="\n")


@pytest.fixture
def client(gateway: GatewayProcess) -> Iterator[Client]:
    with Client(gateway) as made:
        yield made
