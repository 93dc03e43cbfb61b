import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from cli import exits
from cli.doctor import security
from cli.doctor.finding import State
from config.settings import Settings
from tests.cli.conftest import Masterx

FAR = Settings(
    kafka_bootstrap="kafka.school:9093",
    kafka_security_protocol="SASL_SSL",
    kafka_user="masterx-core",
    kafka_password=SecretStr("0f9c2a"),
    clickhouse_url="https://clickhouse.school:8443",
    clickhouse_user="masterx-sinks",
    clickhouse_password=SecretStr("77ab1c"),
    redis_url="rediss://core:5e1f@redis.school:6379/0",
    gateway_host="0.0.0.0",
    gateway_jwks="https://login.school/keys",
)


def opened(settings: Settings, tmp_path: Path) -> set[str]:
    settings = settings.model_copy(update={"data_dir": str(tmp_path / "none")})
    found = security.check(settings, {})
    return {finding.part for finding in found if finding.state is State.open} - {"process"}


def test_a_closed_system_and_one_on_a_single_machine_have_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert opened(FAR, tmp_path) == set()
    assert opened(Settings(), tmp_path) == set()
    login = {"redis_url": "rediss://redis.school/0", "redis_user": "core", "redis_password": SecretStr("5e1f")}
    assert opened(FAR.model_copy(update=login), tmp_path) == set()


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("Kafka", {"kafka_security_protocol": "PLAINTEXT"}),
        ("Kafka", {"kafka_security_protocol": "SASL_PLAINTEXT"}),
        ("Kafka", {"kafka_security_protocol": "SSL"}),
        ("ClickHouse", {"clickhouse_url": "http://clickhouse.school:8123"}),
        ("ClickHouse", {"clickhouse_password": SecretStr("")}),
        ("ClickHouse", {"clickhouse_user": "default"}),
        ("Redis", {"redis_url": "redis://core:5e1f@redis.school:6379/0"}),
        ("Redis", {"redis_url": "rediss://redis.school:6379/0"}),
        ("Redis", {"redis_url": "rediss://:5e1f@redis.school:6379/0"}),
        ("Redis", {"redis_url": "rediss://core:5e1f@redis.school:6379/0?ssl_cert_reqs=none"}),
        ("Redis", {"redis_url": "rediss://core:5e1f@redis.school:6379/0?ssl_check_hostname=False"}),
        ("MASTERX_REDIS_PASSWORD", {"redis_password": SecretStr("masterx")}),
        ("schema registry", {"schema_registry_url": "http://registry.school:8081"}),
        ("gateway", {"gateway_jwks": ""}),
        ("gateway", {"gateway_jwt_key": SecretStr("short")}),
        ("traces", {"trace_to": "http://collector.school:4318/v1/traces"}),
        ("MASTERX_KAFKA_PASSWORD", {"kafka_password": SecretStr("ChangeMe")}),
        ("MASTERX_GATEWAY_JWT_KEY", {"gateway_jwt_key": SecretStr("0" * 64)}),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_each_open_door_is_found(
    part: str, change: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert opened(FAR.model_copy(update=change), tmp_path) == {part}


def test_secrets_that_others_may_read_are_found_unless_their_folder_is_shut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "parents", property(lambda self: [self.parent]))
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "secrets"
    folder.mkdir()
    kept = folder / "masterx_kafka_password"
    kept.write_text("x")
    environ = {"MASTERX_SECRETS_DIR": str(folder)}
    settings = Settings(data_dir=str(tmp_path / "none"))
    for folder_mode, mode, wanted in ((0o755, 0o644, [str(kept)]), (0o755, 0o600, []), (0o700, 0o644, [])):
        folder.chmod(folder_mode)
        kept.chmod(mode)
        assert [finding.part for finding in security.files(settings, environ)] == wanted


def test_what_is_open_is_code_1_with_what_mends_it(masterx: Masterx) -> None:
    done = masterx("doctor", "--security", "--json", MASTERX_REDIS_URL="redis://cache.school/0")
    assert done.code == exits.BAD_RESULT
    found = {line["part"]: line for line in map(json.loads, done.out.splitlines())}
    assert found["Redis"]["state"] == "open"
    assert found["Redis"]["mend"].startswith("export MASTERX_REDIS_URL=rediss://")
    assert "docs/threat-model.md" in done.err


def test_no_secret_is_shown(masterx: Masterx) -> None:
    done = masterx("doctor", "--security", MASTERX_REDIS_URL="redis://u:tell-nobody@h/0", MASTERX_KAFKA_PASSWORD="hush")
    assert "tell-nobody" not in done.out + done.err
    assert "hush" not in done.out + done.err
