"""The whole stack: its parts, its environment, its errors."""

import json
import os
import socket
import time
from pathlib import Path
from typing import Any

import clickhouse_connect
import pytest
import redis

from config.settings import Settings
from local.errors import LocalStackError
from local.ports import HOST, free_port
from local.provider import Provider
from local.stack import Stack, running_environment, why_pocket
from tests.local.processes import all_gone


def small(directory: Path, broker: str = "pocket", **options: Any) -> Stack:
    return Stack(directory, broker=broker, **options)


async def test_parts_answer_at_the_addresses_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with small(tmp_path) as stack:
        for name, value in stack.environment().items():
            monkeypatch.setenv(name, value)
        settings = Settings(_env_file=None)
        assert settings.broker == "pocket"
        client = clickhouse_connect.get_client(dsn=settings.clickhouse_url)
        assert client.command("SELECT 1") == 1
        client.close()
        with redis.Redis.from_url(settings.redis_url) as valkey:
            assert valkey.ping()
        assert stack.provider.stats()["calls"] == 0
        host, _, port = settings.kafka_bootstrap.partition(":")
        socket.create_connection((host, int(port)), timeout=5).close()
        pids = [service.pid for service in stack.services]
        assert len(set(pids)) == 4
        assert running_environment(tmp_path)["MASTERX_KAFKA_BOOTSTRAP"] == settings.kafka_bootstrap
    assert all_gone(pids)
    with pytest.raises(LocalStackError, match="no local stack runs on"):
        running_environment(tmp_path)


def test_ports_stay_over_restarts(tmp_path: Path) -> None:
    with small(tmp_path) as stack:
        before = stack.environment()["MASTERX_CLICKHOUSE_URL"]
    with small(tmp_path) as stack:
        assert stack.environment()["MASTERX_CLICKHOUSE_URL"] == before


@pytest.mark.kafka
def test_kafka_in_the_stack(stack: Stack) -> None:
    environment = stack.environment()
    assert environment["MASTERX_BROKER"] == "kafka"
    for address in (environment["MASTERX_KAFKA_BOOTSTRAP"], environment["MASTERX_CLICKHOUSE_URL"].split("//")[1]):
        host, _, port = address.partition(":")
        socket.create_connection((host, int(port)), timeout=5).close()


def test_parts_can_be_left_out(tmp_path: Path) -> None:
    with small(tmp_path, clickhouse=False, redis=False) as stack:
        assert {service.name for service in stack.services} == {"pocket", "provider"}
        assert "MASTERX_CLICKHOUSE_URL" not in stack.environment()
        with pytest.raises(LocalStackError, match="this stack runs no ClickHouse"):
            stack.clickhouse  # noqa: B018


def test_a_broker_that_runs_already(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as listener:
        address = f"{HOST}:{listener.getsockname()[1]}"
        with small(tmp_path, address, clickhouse=False, redis=False, provider=False) as stack:
            assert stack.environment()["MASTERX_KAFKA_BOOTSTRAP"] == address
            assert stack.environment()["MASTERX_BROKER"] == "kafka"


def test_a_broker_that_does_not_answer(tmp_path: Path) -> None:
    with pytest.raises(LocalStackError, match="no broker answers at"):
        small(tmp_path, f"{HOST}:{free_port()}", clickhouse=False, redis=False, provider=False).start()


def test_an_unknown_broker(tmp_path: Path) -> None:
    with pytest.raises(LocalStackError, match="choose auto, kafka, pocket or HOST:PORT"):
        Stack(tmp_path, broker="rabbit")


@pytest.mark.parametrize("broker", ["pocket", "127.0.0.1:9092"])
def test_a_port_is_not_taken_for_a_broker_that_would_not_listen_there(tmp_path: Path, broker: str) -> None:
    with pytest.raises(LocalStackError, match="takes no port: choose none, or the broker kafka"):
        small(tmp_path, broker, ports={"kafka": 9092})


def test_one_directory_holds_one_stack(tmp_path: Path) -> None:
    with (
        small(tmp_path, clickhouse=False, redis=False),
        pytest.raises(LocalStackError, match=rf"is in use by a local stack \(process {os.getpid()}\)"),
    ):
        small(tmp_path, clickhouse=False, redis=False).start()


def test_a_part_that_cannot_start_takes_the_others_with_it(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
        stack = small(tmp_path, clickhouse=False, ports={"valkey": port})
        with pytest.raises(LocalStackError, match=f"port {port} for valkey is taken"):
            stack.start()
        assert not any(service.running for service in stack.services)
    stack = small(tmp_path, clickhouse=False)
    stack.start()
    stack.stop()


def test_when_one_part_cannot_start_no_other_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Provider, "answers", lambda _self: False)
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
        stack = small(tmp_path, clickhouse=False, ports={"valkey": port})
        began = time.monotonic()
        with pytest.raises(LocalStackError, match=f"port {port} for valkey is taken"):
            stack.start()
    assert time.monotonic() - began < Provider.start_seconds / 2
    assert not any(service.running for service in stack.services)


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LocalStackError, match=r"cannot write to .*choose another directory"):
        small(tmp_path / "file" / "below").start()


def test_why_pocket_says_what_is_missing_and_what_that_means(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    reason = why_pocket() or ""
    assert reason.startswith("Java is missing: install Java 17")
    assert "one worker per group, no recovery after a crash" in reason
    assert Stack(tmp_path).broker == "pocket"
    with pytest.raises(LocalStackError, match="Java is missing"):
        Stack(tmp_path, "kafka", clickhouse=False, redis=False, provider=False).start()


def test_a_stale_port_file_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "ports.json").write_text("{")
    with small(tmp_path, clickhouse=False, redis=False) as stack:
        assert json.loads((tmp_path / "ports.json").read_text()) == {"provider": stack.provider.port}
