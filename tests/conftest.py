"""One local stack for the whole run, and what happens to tests that need a real Kafka where there is none."""

import os
from collections.abc import Iterator
from functools import lru_cache

import pytest

from local.kafka import why_unavailable
from local.stack import Stack
from tests.containers import ContainerStack, docker_answers

_skipped_for_kafka: list[str] = []


@lru_cache(maxsize=1)
def _why_no_kafka() -> str | None:
    reason = why_unavailable()
    return reason if reason is not None and not docker_answers() else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests marked `kafka` where none can run; with `MASTERX_REQUIRE_KAFKA=1` end the run instead."""
    marked = [item for item in items if item.get_closest_marker("kafka")]
    reason = _why_no_kafka() if marked else None
    if reason is None:
        return
    if os.environ.get("MASTERX_REQUIRE_KAFKA") == "1":
        pytest.exit(f"MASTERX_REQUIRE_KAFKA=1, but {len(marked)} tests cannot run: {reason}", returncode=1)
    for item in marked:
        item.add_marker(pytest.mark.skip(reason=reason))
        _skipped_for_kafka.append(item.nodeid)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _skipped_for_kafka:
        count = len(_skipped_for_kafka)
        terminalreporter.write_line(
            f"{count} tests that need a real Kafka were skipped: recovery, rebalances and loss are NOT tested. "
            f"{_why_no_kafka()}",
            yellow=True,
        )


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Broker, ClickHouse, Valkey and test provider, shared by all tests: use topics and databases of your own."""
    directory = tmp_path_factory.mktemp("stack")
    with ContainerStack(directory) if docker_answers() else Stack(directory) as running:
        yield running
