"""Whether Kafka lets this user in: asked once, before anything else waits for an answer that would never come."""

import socket
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cli.exits import BAD_SETTING, Failure

if TYPE_CHECKING:
    from config.settings import Settings

SECONDS = 10.0
# A broker that takes plaintext from anybody answers this; one that wants TLS or a login hangs up.
# Metadata of no topic: version 1, correlation id 1, no client id.
_METADATA = struct.pack(">ihhihi", 14, 3, 1, 1, -1, 0)
_TLS_ALERT = b"\x15"
PATIENCE_SECONDS = 2.0


def require_plaintext(settings: "Settings", connection: socket.socket) -> None:
    """Raise `Failure` when whoever is at the other end of `connection` hangs up on a client that does not log in."""
    connection.settimeout(PATIENCE_SECONDS)
    try:
        connection.sendall(_METADATA)
        answer = connection.recv(4)
    except TimeoutError:
        return
    except ConnectionError:
        answer = b""
    if not answer or answer[:1] == _TLS_ALERT:
        raise Failure(
            BAD_SETTING,
            f"Kafka at {settings.kafka_bootstrap} takes no unencrypted connection or none without a login: set "
            "MASTERX_KAFKA_SECURITY_PROTOCOL, MASTERX_KAFKA_USER and MASTERX_KAFKA_PASSWORD",
        )


def require_login(settings: "Settings", unreachable: Callable[["Settings"], Failure]) -> None:
    """Raise `Failure` when the broker's certificate can't be verified, or it refuses the user or the password."""
    import time

    from confluent_kafka import KafkaException, Producer

    from config.kafka import librdkafka

    heard: list[Any] = []
    client = Producer({**librdkafka(settings), "error_cb": heard.append, "client.id": "masterx-handshake"})
    over = time.monotonic() + SECONDS
    while time.monotonic() < over:
        try:
            client.list_topics(timeout=0.5)
        except KafkaException:
            client.poll(0)
            for error in heard:
                explain(settings, error)
        else:
            return
    raise unreachable(settings)


def explain(settings: "Settings", error: Any) -> None:
    """Raise `Failure` for an error of the connection that no patience mends."""
    from confluent_kafka import KafkaError

    if error.code() == KafkaError._AUTHENTICATION:
        raise Failure(
            BAD_SETTING,
            f"Kafka at {settings.kafka_bootstrap} refuses user {settings.kafka_user!r}: wrong MASTERX_KAFKA_USER, "
            "MASTERX_KAFKA_PASSWORD or MASTERX_KAFKA_SASL_MECHANISM",
        )
    if error.code() == KafkaError._SSL:
        raise Failure(
            BAD_SETTING,
            f"the certificate of Kafka at {settings.kafka_bootstrap} can't be verified: set MASTERX_KAFKA_CA_FILE "
            "to the PEM file of who signed it",
        )
