"""Kafka and ClickHouse in containers, for tests on machines where a Docker engine answers."""

import os
import socket
from contextlib import ExitStack
from pathlib import Path

from local.stack import Stack

KAFKA_IMAGE = "confluentinc/cp-kafka:7.9.1"
CLICKHOUSE_IMAGE = "clickhouse/clickhouse-server:25.8"

# As local/kafka/server.properties has them.
_BROKER_SETTINGS = {
    "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    "KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS": "1000",
    "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
    "KAFKA_LOG_RETENTION_MS": "-1",
}


def docker_answers() -> bool:
    """Whether tests should use containers; `MASTERX_TEST_STACK=local` says no."""
    if os.environ.get("MASTERX_TEST_STACK") == "local" or not _socket_accepts():
        return False
    import docker  # type: ignore[import-untyped]
    from docker.errors import DockerException  # type: ignore[import-untyped]

    try:
        client = docker.from_env(timeout=3)
    except DockerException:
        return False
    try:
        return bool(client.ping())
    except DockerException:
        return False
    finally:
        client.close()


def _socket_accepts() -> bool:
    scheme, _, path = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").partition("://")
    if scheme != "unix":
        return True
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(path) == 0


class ContainerStack(Stack):
    """A local stack whose broker and ClickHouse are containers; Valkey and the test provider are children as ever."""

    def __init__(self, directory: Path) -> None:
        from testcontainers.community.clickhouse import ClickHouseContainer
        from testcontainers.community.kafka import KafkaContainer

        self._containers = ExitStack()
        broker = KafkaContainer(KAFKA_IMAGE).with_kraft()
        for name, value in _BROKER_SETTINGS.items():
            broker.with_env(name, value)
        kafka = self._containers.enter_context(broker)
        database = ClickHouseContainer(CLICKHOUSE_IMAGE, username="default", dbname="default")
        # User `default` without a password, reachable from outside of the container.
        database.with_env("CLICKHOUSE_SKIP_USER_SETUP", "1")
        self._clickhouse_container = self._containers.enter_context(database)
        super().__init__(directory, broker=kafka.get_bootstrap_server(), clickhouse=False)

    def environment(self) -> dict[str, str]:
        container = self._clickhouse_container
        url = f"http://{container.get_container_host_ip()}:{container.get_exposed_port(8123)}"
        return {**super().environment(), "MASTERX_CLICKHOUSE_URL": url}

    def stop(self) -> None:
        super().stop()
        self._containers.close()
