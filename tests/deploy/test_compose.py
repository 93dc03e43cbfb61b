"""docker-compose.kafka.yml, read: it can't run on every machine that runs these tests."""

import re
import tomllib
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import pytest
import typer
import yaml

from cli.apps import APPS
from cli.commands import app
from config.providers import read_file
from config.settings import Settings
from tests.deploy.settings_read import ROOT, settings_read

COMPOSE = yaml.safe_load((ROOT / "docker-compose.kafka.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("masterx:")}
PREFIX = "MASTERX_"


def provider_variables() -> set[str]:
    """The variables that providers.yaml reads keys, addresses and models from."""
    entries = read_file().providers
    named = {name for e in entries for name in (e.key_env, e.api_base_env, e.model_env, e.client_env)}
    return named - {""}


def settings_of(service: dict[str, Any]) -> dict[str, Any]:
    """The settings that a service is given, by their names in Settings."""
    passed = service["environment"].items()
    own = provider_variables()
    return {k.removeprefix(PREFIX).lower(): v for k, v in passed if k.startswith(PREFIX) and k not in own}


def entries_of(name: str) -> tuple[str, ...]:
    """The modules that a service's command runs."""
    command = OURS[name]["command"]
    if name == "masterx":
        return ("cli.main",)
    if command[0] == "worker":
        return ("cli.worker", *APPS[command[1]])
    return (f"cli.{command[0]}",)


def is_job(service: dict[str, Any]) -> bool:
    return str(service.get("restart", "")).startswith("on-failure")


def test_images_are_pinned_and_ours_has_the_projects_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    for name, service in SERVICES.items():
        image, _, tag = service["image"].rpartition(":")
        assert image, name
        assert re.fullmatch(r"\d+\.\d+\.\d+(\.\d+)?", tag), name
        assert ("build" in service) == (name in OURS), name
    assert {service["image"] for service in OURS.values()} == {f"masterx:{version}"}


@pytest.mark.parametrize("name", OURS)
def test_each_variable_passed_is_a_setting_that_exists(name: str) -> None:
    known = {PREFIX + field.upper() for field in Settings.model_fields} | provider_variables()
    assert set(OURS[name]["environment"]) - known == set()


@pytest.mark.parametrize("name", OURS)
def test_each_setting_that_a_service_reads_is_passed(name: str) -> None:
    assert settings_read(*entries_of(name)) - set(settings_of(OURS[name])) == frozenset()


@pytest.mark.parametrize("name", OURS)
def test_the_values_written_here_are_valid_settings(name: str) -> None:
    written = {k: str(v) for k, v in settings_of(OURS[name]).items() if v is not None and not str(v).startswith("${")}
    made = Settings(_env_file=None, **written)  # type: ignore[arg-type]
    assert all(str(getattr(made, field)) == value for field, value in written.items())


def test_providers_keys_go_to_those_that_call_providers_and_to_nobody_else() -> None:
    holders = {name for name, service in OURS.items() if set(service["environment"]) & provider_variables()}
    assert holders == {"routing", "masterx"}
    for name in holders:
        assert provider_variables() <= set(OURS[name]["environment"])


def test_clickhouses_user_is_the_one_that_the_others_use() -> None:
    clickhouse = SERVICES["clickhouse"]["environment"]
    users = [service for service in OURS.values() if "MASTERX_CLICKHOUSE_URL" in service["environment"]]
    assert len(users) == 5
    for service in users:
        assert service["environment"]["MASTERX_CLICKHOUSE_USER"] == clickhouse["CLICKHOUSE_USER"]
        assert service["environment"]["MASTERX_CLICKHOUSE_PASSWORD"] == clickhouse["CLICKHOUSE_PASSWORD"]
    # No password is written here, and without one Compose says what to do.
    assert re.fullmatch(r"\$\{MASTERX_CLICKHOUSE_PASSWORD:\?.+\}", clickhouse["CLICKHOUSE_PASSWORD"])


def test_everything_that_stays_up_has_a_health_check_and_is_restarted() -> None:
    for name, service in SERVICES.items():
        if name == "masterx" or is_job(service):
            continue
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL"), name
        assert service["restart"] == "unless-stopped", name


def test_no_command_line_has_a_password() -> None:
    for name, service in SERVICES.items():
        words = [*service.get("command", ()), *service.get("healthcheck", {}).get("test", ())]
        assert not [word for word in words if re.search(r"password|secret|\$", word, re.IGNORECASE)], name


def test_dependencies_wait_for_health_or_for_a_jobs_end() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            expected = "service_completed_successfully" if is_job(SERVICES[other]) else "service_healthy"
            assert how == {"condition": expected}, f"{name} on {other}"


def addresses(service: dict[str, Any]) -> set[tuple[str, int]]:
    """Host and port of what a service is pointed at."""
    found = set()
    for variable, value in service.get("environment", {}).items():
        if variable == "MASTERX_KAFKA_BOOTSTRAP":
            value = f"kafka://{value}"
        if variable.endswith(("_BOOTSTRAP", "_URL", "_BOOTSTRAP_SERVERS")) and value:
            place = urlsplit(str(value))
            assert place.hostname, variable
            assert place.port, variable
            found.add((place.hostname, place.port))
    return found


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_is_pointed_at_is_there_and_waited_for(name: str) -> None:
    for host, port in addresses(SERVICES[name]):
        if name != "masterx" or host != "schema-registry":
            assert host in SERVICES[name]["depends_on"]
        listening = [int(str(published).rpartition(":")[2]) for published in SERVICES[host]["ports"]]
        if host == "kafka":
            # Between containers and from outside it answers under different names, so on different ports.
            listening = [int(p) for p in re.findall(r"INTERNAL://kafka:(\d+)", str(SERVICES[host]["environment"]))]
        assert port in listening


def test_ports_are_published_once_on_this_machine_only_and_can_be_moved() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", ())]
    pattern = re.compile(r"127\.0\.0\.1:\$\{([A-Z_]+):-(\d+)\}:(\d+)")
    matches = [found for port in published if (found := pattern.fullmatch(port))]
    assert len(matches) == len(published) == 6
    for group in (1, 2):
        assert set(Counter(found[group] for found in matches).values()) == {1}
    listeners = SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    assert f"HOST://localhost:{'${KAFKA_PORT:-9092}'}" in listeners


def test_volumes_are_declared_and_each_mounted_once() -> None:
    mounts = [volume.split(":") for service in SERVICES.values() for volume in service.get("volumes", ())]
    folders = [mount for mount in mounts if mount[0].startswith("./")]
    assert Counter(name for name, *_ in mounts if not name.startswith("./")) == Counter(COMPOSE["volumes"].keys())
    for folder, _, mode in folders:
        assert (ROOT / folder).is_dir()
        assert mode == "ro"


@pytest.mark.parametrize("app_name", APPS)
def test_a_worker_keeps_its_tables_on_its_volume_and_tells_when_it_is_ready(app_name: str) -> None:
    service = OURS[app_name]
    assert [volume.split(":")[1] for volume in service["volumes"]] == [service["environment"]["MASTERX_DATA_DIR"]]
    ready_file = service["command"][service["command"].index("--ready-file") + 1]
    assert service["healthcheck"]["test"][-1] == ready_file
    # In a folder that is empty at each start: a file of the last run says nothing.
    assert ready_file.rpartition("/")[0] in service["tmpfs"]
    assert int(service["stop_grace_period"].removesuffix("s")) > Settings(_env_file=None).drain_seconds


@pytest.mark.parametrize("name", OURS)
def test_commands_are_ones_that_masterx_takes(name: str) -> None:
    group = typer.main.get_command(app)
    arguments = list(OURS[name]["command"])
    context = group.make_context("masterx", arguments.copy())
    while hasattr(context.command, "resolve_command"):
        called, command, rest = context.command.resolve_command(context, arguments)
        assert command is not None, called
        arguments = rest
        context = command.make_context(called, arguments.copy(), parent=context)


def test_profiles() -> None:
    by_profile: dict[str, set[str]] = {}
    for name, service in SERVICES.items():
        for profile in service.get("profiles", ["always"]):
            by_profile.setdefault(profile, set()).add(name)
    assert by_profile == {
        "always": {"kafka", "schema-registry", "clickhouse", "valkey"},
        "workers": {"topics", "migrate", "forecast", *APPS},
        "gateway": {"topics", "migrate", "gateway"},
        "grafana": {"grafana"},
        "tools": {"masterx"},
    }


def test_the_gateway_is_reached_from_this_machine_and_takes_its_keys_from_outside() -> None:
    service = OURS["gateway"]
    assert service["ports"] == ["127.0.0.1:${GATEWAY_PORT:-8080}:8080"]
    assert service["environment"]["MASTERX_GATEWAY_PORT"] == "8080"
    for name in ("MASTERX_GATEWAY_JWT_KEY", "MASTERX_GATEWAY_JWKS", "MASTERX_GATEWAY_API_KEYS"):
        assert service["environment"][name] is None
