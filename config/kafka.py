"""How every Kafka client connects and logs in: one reading of the settings for librdkafka, aiokafka and Faust."""

import ssl
from collections.abc import Mapping
from typing import Any

from config.ca_file import trusting
from config.settings import Settings


class KafkaSecurityError(ValueError):
    """The settings for Kafka's security can't be used; the message names the one to mend."""


def librdkafka(settings: Settings) -> dict[str, Any]:
    """Options of a confluent-kafka client. Raises `KafkaSecurityError`."""
    # librdkafka writes connection errors to standard error by itself; callers get them as exceptions.
    options = {
        "bootstrap.servers": settings.kafka_bootstrap,
        "log_level": 0,
        "error_cb": lambda _error: None,
    }
    if settings.kafka_security_protocol == "PLAINTEXT":
        return options
    require_credentials(settings)
    options["security.protocol"] = settings.kafka_security_protocol
    if settings.kafka_ca_file and _encrypted(settings):
        _context(settings)
        options["ssl.ca.location"] = settings.kafka_ca_file
    if _logs_in(settings):
        options |= {
            "sasl.mechanism": settings.kafka_sasl_mechanism,
            "sasl.username": settings.kafka_user,
            "sasl.password": settings.kafka_password.get_secret_value(),
        }
    return options


def aiokafka(settings: Settings) -> Mapping[str, Any]:
    """Options of an aiokafka client, its addresses among them. Raises `KafkaSecurityError`."""
    options: dict[str, Any] = {"bootstrap_servers": settings.kafka_bootstrap}
    if settings.kafka_security_protocol == "PLAINTEXT":
        return options
    require_credentials(settings)
    options["security_protocol"] = settings.kafka_security_protocol
    if _encrypted(settings):
        options["ssl_context"] = _context(settings)
    if _logs_in(settings):
        options |= {
            "sasl_mechanism": settings.kafka_sasl_mechanism,
            "sasl_plain_username": settings.kafka_user,
            "sasl_plain_password": settings.kafka_password.get_secret_value(),
        }
    return options


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """What verifies the broker; None where the connection is not encrypted. Raises `KafkaSecurityError`."""
    return _context(settings) if _encrypted(settings) else None


def require_credentials(settings: Settings) -> None:
    """Nothing, where a login is not asked for or is complete. Raises `KafkaSecurityError`."""
    if not _logs_in(settings):
        return
    protocol = settings.kafka_security_protocol
    for name, value in (("USER", settings.kafka_user), ("PASSWORD", settings.kafka_password.get_secret_value())):
        if not value:
            raise KafkaSecurityError(f"MASTERX_KAFKA_{name} is missing: {protocol} logs in with a user and a password")


def _encrypted(settings: Settings) -> bool:
    return settings.kafka_security_protocol in ("SSL", "SASL_SSL")


def _logs_in(settings: Settings) -> bool:
    return settings.kafka_security_protocol.startswith("SASL_")


def _context(settings: Settings) -> ssl.SSLContext:
    return trusting(settings.kafka_ca_file, "MASTERX_KAFKA_CA_FILE", KafkaSecurityError)
