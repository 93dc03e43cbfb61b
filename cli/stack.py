"""The local stack as the commands use it: which addresses, which settings, which workers."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cli.screen import note

if TYPE_CHECKING:
    from config.settings import Settings
    from local.stack import Stack

DIRECTORY = ".masterx/stack"
PREFIX = "MASTERX_"
OF_SERVICE = {
    "MASTERX_KAFKA_BOOTSTRAP": ("MASTERX_KAFKA_", "MASTERX_BROKER"),
    "MASTERX_CLICKHOUSE_URL": ("MASTERX_CLICKHOUSE_",),
    "MASTERX_REDIS_URL": ("MASTERX_REDIS_",),
}
PATHS = ("providers_file", "curriculum_file", "experiments_file")


def make(
    directory: Path,
    broker: str,
    ports: Mapping[str, int] | None = None,
    users: Sequence[str] = (),
    redis_users: Mapping[str, str] | None = None,
) -> "Stack":
    """A stack, not started yet; with `users` its Kafka takes TLS connections of theirs alone, as its Valkey does with
    `redis_users`.

    Says on standard error what the pocket broker means where it stands in.

    Raises `LocalStackError`.
    """
    from local.pocket import WHAT_IT_MEANS
    from local.stack import Stack, why_pocket

    stack = Stack(directory, broker=broker, ports=ports, users=users, redis_users=redis_users, say=note)
    if stack.broker == "pocket":
        note((why_pocket() if broker == "auto" else None) or WHAT_IT_MEANS)
    return stack


def fetch_jars(stack: "Stack", say: Callable[[str], None] = note) -> None:
    """Have Kafka's jars on this machine, where `stack` needs them; says so where that takes minutes.

    Raises `LocalStackError`.
    """
    from local.kafka.jars import cache_directory, resolve_jars

    if stack.broker == "kafka" and not cache_directory().is_dir():
        say("fetching Apache Kafka's jars with Maven, this once")
        resolve_jars()


def make_topics(settings: "Settings") -> None:
    """Make the topics on a stack of one's own. Raises `Failure`, which names its broker and not the one that is set."""
    from confluent_kafka import KafkaException

    from cli.errors import kafka_said
    from cli.exits import UNAVAILABLE, Failure
    from pipeline import admin

    try:
        admin.create(settings)
    except KafkaException as error:
        raise Failure(
            UNAVAILABLE,
            f"the broker that was started at {settings.kafka_bootstrap} makes no topics: {kafka_said(error)}",
        ) from error


def environment(stack: "Stack", *, test_provider: bool) -> dict[str, str]:
    """Variables for everything that is to use `stack`; with `test_provider` replies come from there alone.

    A providers file of one's own is left aside then: its providers would be called, at their price.
    """
    found = stack.environment()
    if test_provider:
        found["MASTERX_PROVIDERS_FILE"] = ""
        found["MASTERX_LOCAL_PROVIDER_URL"] = stack.provider.base_url
        found.update(dict.fromkeys(other_provider_keys(), ""))
    return found


def other_provider_keys() -> tuple[str, ...]:
    """The variables that hold declared providers' keys: emptied, so that a rehearsal calls nobody and costs nothing."""
    from config.providers import read_file

    return tuple(sorted({entry.key_env for entry in read_file().providers if entry.key_env}))


def settings_for(variables: Mapping[str, str]) -> "Settings":
    """The settings with `variables` on top of this process's environment."""
    from config.settings import Settings

    values = {name.removeprefix(PREFIX).lower(): value for name, value in variables.items() if name.startswith(PREFIX)}
    return Settings(**values)  # type: ignore[arg-type]


def exported(settings: "Settings") -> dict[str, str]:
    """What was set, wherever it was set, as variables for a process with another working directory."""
    from pydantic import SecretStr

    found = {}
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        if name in PATHS and value:
            value = Path(value).absolute()
        found[PREFIX + name.upper()] = str(value)
    return found


def _address_of(name: str) -> str:
    """The variable with the address of the service that the variable `name` is about; `name` for any other."""
    return next((address for address, names in OF_SERVICE.items() if name.startswith(names)), name)


def adopt_running(directory: Path = Path(DIRECTORY)) -> bool:
    """Point this process at the stack that 'masterx up' runs in `directory`, where nothing else was chosen.

    How to log in goes with the address: a login in `.env` is for the services whose addresses stand there too.
    True when there is one and a variable was taken over from it.
    """
    if not (directory / "environment.json").is_file():
        return False
    from dotenv import dotenv_values

    from local.errors import LocalStackError
    from local.stack import running_environment

    try:
        found = running_environment(directory)
        chosen = {**dotenv_values(".env"), **os.environ}
    except (LocalStackError, UnicodeDecodeError):  # What is wrong with `.env`, the settings say.
        return False
    if "MASTERX_TEST_PROVIDER_URL" in found:
        found["MASTERX_LOCAL_PROVIDER_URL"] = f"{found['MASTERX_TEST_PROVIDER_URL']}/v1"
    new = {}
    for name, value in found.items():
        address = _address_of(name)
        if name not in os.environ and chosen.get(address, found.get(address)) == found.get(address):
            new[name] = value
    os.environ.update(new)
    return bool(new)
