"""Parts of the local stack on their own, shared by the tests of one folder run."""

from collections.abc import Iterator

import pytest

from local.clickhouse import ClickHouse
from local.provider import Provider


@pytest.fixture(scope="session")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    service = ClickHouse(tmp_path_factory.mktemp("clickhouse"))
    service.start()
    yield service
    service.stop()


@pytest.fixture(scope="session")
def provider_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    service = Provider(tmp_path_factory.mktemp("provider"))
    service.start()
    yield service
    service.stop()


@pytest.fixture
def provider(provider_service: Provider) -> Provider:
    """The test provider without rules and with all counts at zero."""
    provider_service.reset()
    return provider_service
