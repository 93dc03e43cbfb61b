import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cli.exits import BAD_SETTING, CANNOT_CREATE, OK, UNAVAILABLE
from cli.main import run
from config.settings import settings
from local.ports import free_port
from tests.cli.conftest import Masterx
from tests.cli.test_workers import until

KEY = "k" * 32


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.stack.adopt_running", lambda *_: True)
    for name in ("JWT_KEY", "JWKS", "API_KEYS"):
        monkeypatch.delenv(f"MASTERX_GATEWAY_{name}", raising=False)
    settings.cache_clear()


def test_without_keys_it_listens_on_loopback_alone(capsys: pytest.CaptureFixture[str]) -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1", "school.example"):
        assert run(["gateway", "--host", host]) == BAD_SETTING
        assert "MASTERX_GATEWAY_JWT_KEY" in capsys.readouterr().err


def test_a_broker_that_is_away_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("MASTERX_KAFKA_BOOTSTRAP", f"127.0.0.1:{free_port()}")
    settings.cache_clear()
    assert run(["gateway"]) == UNAVAILABLE
    assert len(capsys.readouterr().err.splitlines()) == 1
    settings.cache_clear()


@pytest.mark.kafka
@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_ends_with_0(services: dict[str, str], tmp_path: Path, told: signal.Signals) -> None:
    command = [sys.executable, "-m", "cli.main", "gateway", "--port", "0", "--ready-file", str(tmp_path / "ready")]
    with subprocess.Popen(command, env={**os.environ, **services}, stderr=subprocess.PIPE, text=True) as gateway:
        assert until((tmp_path / "ready").exists)
        gateway.send_signal(told)
        assert gateway.wait(60) == OK
        assert gateway.stderr is not None
        assert "Traceback" not in gateway.stderr.read()


@pytest.mark.kafka
def test_keys_that_can_not_be_read_are_one_line_and_code_78(masterx: Masterx, services: dict[str, str]) -> None:
    done = masterx("gateway", "--port", "0", **services, MASTERX_GATEWAY_JWKS="/nowhere.json")
    assert done.code == BAD_SETTING
    assert "MASTERX_GATEWAY_JWKS: /nowhere.json can't be read: No such file" in done.error


@pytest.mark.kafka
def test_a_port_that_is_taken_is_named_and_code_73(masterx: Masterx, services: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = masterx("gateway", "--port", str(port), **services)
    assert done.code == CANNOT_CREATE
    assert f"can't listen on 127.0.0.1:{port}" in done.error
