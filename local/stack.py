"""The whole local stack: broker, ClickHouse, Valkey and test provider as children of this process."""

import asyncio
import fcntl
import json
import os
import re
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from local.certificates import make as make_certificates
from local.clickhouse import ClickHouse
from local.errors import LocalStackError
from local.kafka import Kafka, why_unavailable
from local.kafka.security import ADMIN
from local.pocket import WHAT_IT_MEANS, Pocket
from local.ports import free_port, is_free
from local.provider import Provider
from local.service import Service
from local.tls_door import TlsDoor
from local.valkey import Valkey, make_security

_ADDRESS = re.compile(r"[^\s:,]+:\d+(,[^\s:,]+:\d+)*\Z")
_ENVIRONMENT_FILE = "environment.json"
_PORTS_FILE = "ports.json"
_LOCK_FILE = "stack.lock"


def why_pocket() -> str | None:
    """Why `broker="auto"` takes the pocket broker on this machine and what that means; None when Kafka can run."""
    reason = why_unavailable()
    return f"{reason}. Until then: {WHAT_IT_MEANS}" if reason else None


def running_environment(directory: Path | str) -> dict[str, str]:
    """The environment of the stack that runs on `directory`, for another process on this machine.

    Raises `LocalStackError` when none runs there.
    """
    refusal = f"no local stack runs on {directory}: start one with masterx up"
    try:
        # A stack that was killed leaves its files, but not its lock.
        with (Path(directory) / _LOCK_FILE).open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        raise LocalStackError(refusal)
    except BlockingIOError:
        pass
    except OSError as error:
        raise LocalStackError(refusal) from error
    try:
        environment: dict[str, str] = json.loads((Path(directory) / _ENVIRONMENT_FILE).read_text())
    except (OSError, ValueError) as error:
        raise LocalStackError(refusal) from error
    return environment


def _nobody(service: str) -> dict[str, str]:
    return {f"MASTERX_{service}_{what}": "" for what in ("USER", "PASSWORD", "CA_FILE")}


class Stack:
    """Starts its parts in parallel on free ports, with all data in `directory`; they end with this process.

    `broker` is `auto` (Kafka; where Java or Maven is missing, and only there, the pocket broker), `kafka`, `pocket`, or
    the HOST:PORT of a broker that runs already. `ports` fixes ports by part name (`kafka`, `clickhouse`, `valkey`,
    `provider`); others are free ones, and stay the same over restarts on one directory where they can.
    With `users`, Kafka takes TLS connections from them alone, and `credentials` says how they log in; with
    `redis_users`, each with its rights as Redis's ACL files have them, so does Valkey. ClickHouse then takes TLS
    connections as well, though it knows no users here. `say` hears what is waited for where a start takes long.
    Use it as a context manager, `async with` or plain `with`. Raises `LocalStackError`.
    """

    def __init__(
        self,
        directory: Path | str,
        broker: str = "auto",
        clickhouse: bool = True,
        redis: bool = True,
        provider: bool = True,
        ports: Mapping[str, int] | None = None,
        users: Sequence[str] = (),
        redis_users: Mapping[str, str] | None = None,
        say: Callable[[str], None] = lambda _line: None,
    ) -> None:
        self.directory = Path(directory).absolute()
        self._lock: IO[str] | None = None
        self._chosen_ports = dict(ports or {})
        self._users, self._redis_users = tuple(users), redis_users
        self._say = say
        self.broker = self._choose_broker(broker)
        if users and self.broker != "kafka":
            raise LocalStackError("only Apache Kafka asks for passwords here: choose the broker kafka")
        if "kafka" in self._chosen_ports and self.broker != "kafka":
            # Whoever chose one has told others where the broker will be.
            raise LocalStackError(f"the broker {self.broker} takes no port: choose none, or the broker kafka")
        self._external = "" if self.broker in ("kafka", "pocket") else self.broker
        self._want_clickhouse, self._want_redis, self._want_provider = clickhouse, redis, provider
        self._kafka: Kafka | Pocket | None = None
        self._clickhouse: ClickHouse | None = None
        self._clickhouse_door: TlsDoor | None = None
        self._valkey: Valkey | None = None
        self._valkey_door: TlsDoor | None = None
        self._provider: Provider | None = None

    @staticmethod
    def _choose_broker(broker: str) -> str:
        if broker == "auto":
            return "pocket" if why_unavailable() else "kafka"
        if broker in ("kafka", "pocket") or _ADDRESS.match(broker):
            return broker
        raise LocalStackError(f"broker {broker!r} is unknown: choose auto, kafka, pocket or HOST:PORT")

    @property
    def kafka(self) -> Kafka | Pocket:
        """The broker that this stack started. Raises `LocalStackError` when it uses another's."""
        if self._kafka is None:
            raise _absent("broker")
        return self._kafka

    @property
    def clickhouse(self) -> ClickHouse:
        if self._clickhouse is None:
            raise _absent("ClickHouse")
        return self._clickhouse

    @property
    def valkey(self) -> Valkey:
        if self._valkey is None:
            raise _absent("Valkey")
        return self._valkey

    @property
    def provider(self) -> Provider:
        if self._provider is None:
            raise _absent("test provider")
        return self._provider

    @property
    def provider_url(self) -> str:
        """Root of the test provider; an OpenAI client takes `provider.base_url`, which ends in `/v1`."""
        return self.provider.url

    @property
    def services(self) -> list[Service]:
        """The parts that this stack runs."""
        parts: list[Service | None] = [
            self._kafka,
            self._clickhouse,
            self._clickhouse_door,
            self._valkey,
            self._valkey_door,
            self._provider,
        ]
        return [part for part in parts if part is not None]

    def credentials(self, user: str) -> dict[str, str]:
        """`MASTERX_*` variables with which `user` logs in to Kafka and Redis, where those ask who it is."""
        kafka = self._kafka.security if isinstance(self._kafka, Kafka) else None
        redis = self._valkey.security if self._valkey is not None else None
        return {
            **(kafka.environment(user) if kafka is not None else {}),
            **(redis.environment(user) if redis is not None else {}),
        }

    def environment(self) -> dict[str, str]:
        """`MASTERX_*` variables that point the pipeline at this stack, as its administrator.

        Those of logins are there too where nobody logs in: what was set for other services must not be tried here.
        """
        bootstrap = self._external or self.kafka.bootstrap
        found = {
            "MASTERX_KAFKA_BOOTSTRAP": bootstrap,
            "MASTERX_BROKER": "pocket" if self.broker == "pocket" else "kafka",
        }
        if not self._external:
            found |= {"MASTERX_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT", **_nobody("KAFKA")}
        if self._clickhouse is not None:
            found |= {**_nobody("CLICKHOUSE"), "MASTERX_CLICKHOUSE_USER": "default"}
            found["MASTERX_CLICKHOUSE_URL"] = self._clickhouse.url
        if self._clickhouse_door is not None:
            found["MASTERX_CLICKHOUSE_URL"] = f"https://{self._clickhouse_door.address}"
            found["MASTERX_CLICKHOUSE_CA_FILE"] = str(self._clickhouse_door.ca_file)
        if self._valkey is not None:
            found |= {**_nobody("REDIS"), "MASTERX_REDIS_URL": self._valkey.url}
        return found | self.credentials(ADMIN)

    def start(self) -> None:
        """Start all parts and wait until they answer; when one cannot, all are stopped."""
        self._claim_directory()
        try:
            self._make_services()
            if self._external:
                self._require_external_broker()
            self._start_services()
            self._remember()
        except BaseException:
            self.stop()
            raise

    def _start_services(self) -> None:
        services = self.services
        pool = ThreadPoolExecutor(max_workers=len(services) or 1)
        try:
            for service in services:
                service.say = self._say
            for start in as_completed([pool.submit(service.start) for service in services]):
                start.result()
        except BaseException:
            # Ctrl-C as well: nobody waits any more for those that are still starting.
            for service in services:
                service.give_up()
            raise
        finally:
            pool.shutdown(cancel_futures=True)

    def stop(self) -> None:
        """Stop all parts; data stays."""
        threads = [threading.Thread(target=service.stop) for service in self.services]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._lock is not None:
            (self.directory / _ENVIRONMENT_FILE).unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def _claim_directory(self) -> None:
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            lock = (self.directory / _LOCK_FILE).open("a+")
        except OSError as error:
            raise LocalStackError(
                f"cannot write to {self.directory} ({error.strerror}): choose another directory"
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            owner = lock.read().strip() or "?"
            lock.close()
            raise LocalStackError(
                f"{self.directory} is in use by a local stack (process {owner}): stop it or choose another directory"
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def _make_services(self) -> None:
        directory, port = self.directory, self._port
        if self.broker == "kafka":
            self._kafka = Kafka(directory / "kafka", port("kafka"), port("controller"), users=self._users)
        elif self.broker == "pocket":
            self._kafka = Pocket(directory / "pocket")
        if self._want_clickhouse:
            self._make_clickhouse(directory / "clickhouse")
        if self._want_redis:
            self._make_valkey(directory / "valkey")
        if self._want_provider:
            self._provider = Provider(directory / "provider", port("provider"))

    def _make_clickhouse(self, directory: Path) -> None:
        if not self._users and self._redis_users is None:
            self._clickhouse = ClickHouse(directory, self._port("clickhouse"))
            return
        security = directory / "security"
        if not (security / "door.pem").exists():
            security.mkdir(parents=True, exist_ok=True, mode=0o700)
            make_certificates(security, "masterx-clickhouse", "door.pem")
        self._clickhouse = ClickHouse(directory)
        door = self._door_port("clickhouse")
        self._clickhouse_door = TlsDoor("clickhouse", directory, self._clickhouse.port, security / "door.pem", door)

    def _door_port(self, name: str) -> int:
        return self._chosen_ports.get(name) or self._port(f"{name}-tls") or free_port()

    def _make_valkey(self, directory: Path) -> None:
        if self._redis_users is None:
            self._valkey = Valkey(directory, self._port("valkey"))
            return
        door = self._door_port("valkey")
        security = make_security(directory / "security", door, self._redis_users)
        self._valkey = Valkey(directory, None, security)
        self._valkey_door = TlsDoor("valkey", directory, self._valkey.port, security.pem, door)

    def _port(self, name: str) -> int | None:
        if name in self._chosen_ports:
            return self._chosen_ports[name]
        try:
            before = json.loads((self.directory / _PORTS_FILE).read_text()).get(name)
        except (OSError, ValueError):
            return None
        return before if isinstance(before, int) and is_free(before) else None

    def _remember(self) -> None:
        ports = {service.name: service.port for service in self.services if not isinstance(service, Pocket)}
        if isinstance(self._kafka, Kafka):
            ports["controller"] = self._kafka.controller_port
        (self.directory / _PORTS_FILE).write_text(json.dumps(ports))
        environment = self.environment()
        if self._provider is not None:
            environment["MASTERX_TEST_PROVIDER_URL"] = self._provider.url
        # It may hold a password.
        (self.directory / _ENVIRONMENT_FILE).touch(mode=0o600)
        (self.directory / _ENVIRONMENT_FILE).write_text(json.dumps(environment))

    def _require_external_broker(self) -> None:
        for address in self._external.split(","):
            host, _, port = address.rpartition(":")
            try:
                socket.create_connection((host, int(port)), timeout=5).close()
                return
            except OSError:
                continue
        raise LocalStackError(f"no broker answers at {self._external}: start it or choose --broker kafka")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.start)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)


def _absent(part: str) -> LocalStackError:
    return LocalStackError(f"this stack runs no {part}: start it, or ask for the part when you make the stack")
