"""One local stack for the whole run, and what happens to tests that need a real Kafka where there is none."""

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import settings

from local.kafka import why_unavailable
from local.pocket import Pocket
from local.stack import Stack
from schemas import catalogue
from tests.containers import ContainerStack, docker_answers

NO_KAFKA = "no Kafka can run here"

# Property tests count examples, not seconds: a busy machine must not fail them.
settings.register_profile("masterx", deadline=None)
settings.load_profile("masterx")


@lru_cache(maxsize=1)
def _why_no_kafka() -> str | None:
    reason = why_unavailable()
    return reason if reason is not None and not docker_answers() else None


def pytest_configure(config: pytest.Config) -> None:
    """Where other processes are to collect the tests, a required Kafka is asked for before they start: from within
    one of them the run could not be ended in order."""
    if config.getoption("numprocesses", None) and os.environ.get("MASTERX_REQUIRE_KAFKA") == "1":
        reason = _why_no_kafka()
        if reason is not None:
            pytest.exit(f"MASTERX_REQUIRE_KAFKA=1, but its tests cannot run: {reason}", returncode=1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests marked `kafka` where none can run; with `MASTERX_REQUIRE_KAFKA=1` end the run instead."""
    # Those that start programs first: where several processes share the tests, the small ones fill what is left.
    items.sort(key=lambda item: not any(item.get_closest_marker(name) for name in ("kafka", "stack")))
    marked = [item for item in items if item.get_closest_marker("kafka")]
    reason = _why_no_kafka() if marked else None
    if reason is None:
        return
    if os.environ.get("MASTERX_REQUIRE_KAFKA") == "1":
        pytest.exit(f"MASTERX_REQUIRE_KAFKA=1, but {len(marked)} tests cannot run: {reason}", returncode=1)
    for item in marked:
        item.add_marker(pytest.mark.skip(reason=f"{NO_KAFKA}: {reason}"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    # By their reports: where several processes run the tests, this one has collected none.
    skipped = terminalreporter.stats.get("skipped", ())
    count = sum(NO_KAFKA in str(report.longrepr) for report in skipped)
    if count:
        terminalreporter.write_line(
            f"{count} tests that need a real Kafka were skipped: recovery, rebalances and loss are NOT tested. "
            f"{_why_no_kafka()}",
            yellow=True,
        )


@pytest.fixture(autouse=True)
def _nobody_elsewhere() -> Iterator[None]:
    """What one test lets decoders look up on a broker is not looked up by the next."""
    yield
    catalogue.look_elsewhere(None)


@pytest.fixture
def pocket(tmp_path: Path) -> Iterator[str]:
    """The address of a pocket broker of the test's own, with nothing on it."""
    service = Pocket(tmp_path)
    service.start()
    yield service.bootstrap
    service.stop()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Broker, ClickHouse, Valkey and test provider, shared by all tests: use topics and databases of your own."""
    directory = tmp_path_factory.mktemp("stack")
    with ContainerStack(directory) if docker_answers() else Stack(directory) as running:
        yield running
