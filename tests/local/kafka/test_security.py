"""A broker with users: each logs in, and no list of processes shows a password."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient

from config.kafka import librdkafka
from config.settings import Settings
from local.kafka import Kafka
from local.kafka.security import ADMIN

pytestmark = pytest.mark.kafka


def test_users_log_in_and_no_command_line_has_their_passwords(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run: list[str] = []
    really = subprocess.run

    def noted(command: list[str], **options: Any) -> Any:
        run.extend(command)
        return really(command, **options)

    monkeypatch.setattr(subprocess, "run", noted)
    broker = Kafka(tmp_path, users=("masterx-core",))
    assert broker.security is not None
    broker.start()
    try:
        run += broker.command()
        assert "format" in run
        assert not [word for word in run for password in broker.security.passwords.values() if password in word]
        assert not list(tmp_path.rglob("format.options"))
        for user in (ADMIN, "masterx-core"):
            given = {
                name.removeprefix("MASTERX_").lower(): value
                for name, value in broker.security.environment(user).items()
            }
            chosen = Settings(_env_file=None, kafka_bootstrap=broker.bootstrap, **given)  # type: ignore[arg-type]
            assert AdminClient(librdkafka(chosen)).list_topics(timeout=30).brokers
    finally:
        broker.stop()
