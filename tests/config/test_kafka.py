import ssl
from pathlib import Path

import pytest
from pydantic import SecretStr

from config.kafka import KafkaSecurityError, aiokafka, librdkafka, tls_context
from config.settings import Settings

LOGIN = Settings(
    kafka_bootstrap="a:1,b:2",
    kafka_security_protocol="SASL_SSL",
    kafka_user="masterx-core",
    kafka_password=SecretStr("secret"),
)


def test_plaintext_needs_nothing_but_the_address() -> None:
    options = librdkafka(Settings(kafka_bootstrap="a:1"))
    assert {name for name in options if name not in ("log_level", "error_cb")} == {"bootstrap.servers"}
    assert aiokafka(Settings(kafka_bootstrap="a:1")) == {"bootstrap_servers": "a:1"}
    assert tls_context(Settings()) is None


def test_both_clients_log_in_as_the_same_user_by_the_same_mechanism() -> None:
    theirs, ours = librdkafka(LOGIN), aiokafka(LOGIN)
    assert theirs["bootstrap.servers"] == ours["bootstrap_servers"] == "a:1,b:2"
    assert theirs["security.protocol"] == ours["security_protocol"] == "SASL_SSL"
    assert theirs["sasl.mechanism"] == ours["sasl_mechanism"] == "SCRAM-SHA-512"
    assert theirs["sasl.username"] == ours["sasl_plain_username"] == "masterx-core"
    assert theirs["sasl.password"] == ours["sasl_plain_password"] == "secret"


def test_the_broker_s_name_and_certificate_are_always_verified() -> None:
    context = aiokafka(LOGIN)["ssl_context"]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


@pytest.mark.parametrize("field", ["user", "password"])
def test_a_login_without_user_or_password_names_the_variable(field: str) -> None:
    lacking = LOGIN.model_copy(update={f"kafka_{field}": "" if field == "user" else SecretStr("")})
    for options in (librdkafka, aiokafka):
        with pytest.raises(KafkaSecurityError, match=f"MASTERX_KAFKA_{field.upper()} is missing"):
            options(lacking)


def test_a_ca_file_that_holds_none_is_named(tmp_path: Path) -> None:
    empty = tmp_path / "ca.pem"
    empty.write_text("nothing")
    with pytest.raises(KafkaSecurityError, match=r"ca\.pem holds no certificate"):
        librdkafka(LOGIN.model_copy(update={"kafka_ca_file": str(empty)}))
