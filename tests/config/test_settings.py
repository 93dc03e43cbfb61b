from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from pydantic_settings import SettingsError

from config.settings import Settings, settings


def test_every_secret_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = [name for name, field in Settings.model_fields.items() if field.annotation is SecretStr]
    assert secrets
    monkeypatch.setenv("MASTERX_SECRETS_DIR", str(tmp_path))
    for name in secrets:
        (tmp_path / f"masterx_{name}").write_text(f"{name} from a file")
    read = Settings()
    assert {name: getattr(read, name).get_secret_value() for name in secrets} == {
        name: f"{name} from a file" for name in secrets
    }


def test_a_secret_comes_from_a_file_where_no_variable_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "masterx_kafka_password").write_text("from the file\n")
    (tmp_path / "masterx_kafka_user").write_text("from the file")
    monkeypatch.setenv("MASTERX_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("MASTERX_KAFKA_USER", "from the environment")
    read = Settings()
    assert read.kafka_password.get_secret_value() == "from the file"
    assert read.kafka_user == "from the environment"
    assert "from the file" not in repr(read)


def test_a_folder_of_secrets_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    for wrong in ("absent", "file"):
        monkeypatch.setenv("MASTERX_SECRETS_DIR", str(tmp_path / wrong))
        with pytest.raises(SettingsError, match=f"MASTERX_SECRETS_DIR=.*{wrong} is not a directory"):
            Settings()


@pytest.mark.parametrize("hours", ["inf", "1e12"])
def test_replies_are_kept_for_a_time_that_redis_can_count(hours: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASTERX_REPLY_CACHE_HOURS", hours)
    with pytest.raises(ValidationError, match="reply_cache_hours"):
        Settings(_env_file=None)


@pytest.mark.parametrize("name", ["stuck_seconds", "deadline_seconds"])
@pytest.mark.parametrize("given", ["inf", "-inf", "nan"])
def test_no_setting_is_what_can_not_be_counted_with(monkeypatch: pytest.MonkeyPatch, name: str, given: str) -> None:
    monkeypatch.setenv(f"MASTERX_{name.upper()}", given)
    with pytest.raises(ValidationError, match=name):
        Settings()


@pytest.mark.parametrize("name", ["clickhouse_url", "redis_url", "schema_registry_url"])
@pytest.mark.parametrize("given", ["http://host:port", "http://[::1", "redis://host:99999"])
def test_an_address_that_can_not_be_taken_apart_is_none(monkeypatch: pytest.MonkeyPatch, name: str, given: str) -> None:
    monkeypatch.setenv(f"MASTERX_{name.upper()}", given)
    with pytest.raises(ValidationError, match="no address"):
        Settings()


def test_an_env_file_that_is_no_text_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_bytes(b"MASTERX_KAFKA_USER=J\xfcrgen")
    monkeypatch.chdir(tmp_path)
    settings.cache_clear()
    with pytest.raises(SettingsError, match=r"\.env is not in UTF-8"):
        settings()
