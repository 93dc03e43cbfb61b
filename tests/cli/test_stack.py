import fcntl
import json
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from cli.exits import Failure
from cli.stack import adopt_running, environment, exported, fetch_jars, make_topics, other_provider_keys, settings_for
from config.settings import Settings
from local.errors import LocalStackError
from local.stack import Stack


def test_settings_are_those_of_the_variables() -> None:
    chosen = settings_for({"MASTERX_PARTITIONS": "3", "MASTERX_REDIS_URL": "redis://x/0", "GROQ_API_KEY": "k"})
    assert (chosen.partitions, chosen.redis_url) == (3, "redis://x/0")


def test_what_was_set_survives_a_change_of_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("MASTERX_PARTITIONS=5\nMASTERX_CLICKHOUSE_PASSWORD=sesame\n")
    monkeypatch.setenv("MASTERX_PROVIDERS_FILE", "mine.yaml")
    variables = exported(Settings())
    assert variables["MASTERX_PROVIDERS_FILE"] == str(tmp_path / "mine.yaml")
    assert variables["MASTERX_CLICKHOUSE_PASSWORD"] == "sesame"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert settings_for(variables).partitions == 5


def test_a_rehearsal_empties_every_declared_key() -> None:
    assert {"GROQ_API_KEY", "GEMINI_API_KEY", "EMERGENT_API_KEY"} <= set(other_provider_keys())


def test_a_rehearsal_calls_no_provider_of_a_file_of_ones_own() -> None:
    parts: Any = SimpleNamespace(environment=dict, provider=SimpleNamespace(base_url="http://here/v1"))
    variables = exported(Settings(providers_file="mine.yaml")) | environment(parts, test_provider=True)
    assert settings_for(variables).providers_file == ""
    assert variables["MASTERX_LOCAL_PROVIDER_URL"] == "http://here/v1"
    kept = exported(Settings(providers_file="mine.yaml")) | environment(parts, test_provider=False)
    assert settings_for(kept).providers_file.endswith("mine.yaml")


def test_a_stack_that_was_killed_is_not_adopted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASTERX_KAFKA_BOOTSTRAP", "chosen:1")
    assert not adopt_running(tmp_path)
    (tmp_path / "environment.json").write_text(json.dumps({"MASTERX_REDIS_URL": "redis://stale/0"}))
    assert not adopt_running(tmp_path)
    (tmp_path / "stack.lock").write_text("1")
    assert not adopt_running(tmp_path)


def test_a_login_goes_with_its_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running = {
        "MASTERX_KAFKA_BOOTSTRAP": "here:1",
        "MASTERX_KAFKA_USER": "",
        "MASTERX_BROKER": "pocket",
        "MASTERX_CLICKHOUSE_URL": "http://here",
        "MASTERX_CLICKHOUSE_PASSWORD": "",
        "MASTERX_REDIS_URL": "redis://here/0",
        "MASTERX_REDIS_USER": "",
    }
    (tmp_path / "environment.json").write_text(json.dumps(running))
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(
        "MASTERX_KAFKA_BOOTSTRAP=there:9\nMASTERX_KAFKA_USER=me\nMASTERX_CLICKHOUSE_PASSWORD=sesame\n"
    )
    environ = {"MASTERX_REDIS_URL": "redis://here/0"}
    monkeypatch.setattr("os.environ", environ)
    with (tmp_path / "stack.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert adopt_running(tmp_path)
    assert environ == {name: value for name, value in running.items() if "KAFKA" not in name and "BROKER" not in name}


@pytest.mark.parametrize(
    ("broker", "said"), [("kafka", ["fetching Apache Kafka's jars with Maven, this once"]), ("pocket", [])]
)
def test_fetching_the_broker_is_said_before_it_begins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, broker: str, said: list[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    lines: list[str] = []
    with pytest.raises(LocalStackError, match="Maven is missing") if said else nullcontext():
        fetch_jars(Stack(tmp_path / "stack", broker=broker), lines.append)
    assert lines == said


def test_a_broker_of_ones_own_that_makes_no_topics_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_settings: Settings) -> None:
        raise KafkaException(KafkaError(KafkaError.NOT_LEADER_FOR_PARTITION))

    monkeypatch.setattr("pipeline.admin.create", refuse)
    with pytest.raises(Failure, match=r"started at 127.0.0.1:7 makes no topics: .*Not leader"):
        make_topics(settings_for({"MASTERX_KAFKA_BOOTSTRAP": "127.0.0.1:7"}))
