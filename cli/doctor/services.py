"""What answers at the addresses of the settings."""

from typing import TYPE_CHECKING

from cli.doctor.finding import Finding, State
from cli.exits import BAD_SETTING, Failure

if TYPE_CHECKING:
    from config.settings import Settings

SECONDS = 3.0
START = "masterx up"


def kafka(settings: "Settings") -> list[Finding]:
    """The broker, and whether it has the topics."""
    from cli.kafka import reach, reader
    from pipeline import admin

    try:
        client = reader(settings)
        try:
            known = reach(client, settings, SECONDS)
        finally:
            client.close()
    except Failure as failure:
        wrong = failure.code == BAD_SETTING
        detail = str(failure) if wrong else f"nothing answers at {settings.kafka_bootstrap}"
        mend = "export MASTERX_KAFKA_BOOTSTRAP=HOST:PORT" if wrong else START
        return [Finding("Kafka", State.missing, detail, mend)]
    kind = "pocket broker" if settings.broker == "pocket" else "broker"
    found = [Finding("Kafka", State.ok, f"{kind} at {settings.kafka_bootstrap}, {len(known)} topics")]
    if settings.broker == "pocket":
        return found
    different = [standing for standing in admin.standings(settings) if standing.differences]
    absent = [standing.plan.name for standing in different if not standing.partitions]
    if absent:
        found.append(Finding("topics", State.missing, f"{len(absent)} are missing", "masterx topics create"))
    elif different:
        first = different[0]
        detail = f"{len(different)} differ from the settings: {first.plan.name}: {'; '.join(first.differences)}"
        found.append(Finding("topics", State.absent, detail, "masterx topics list"))
    else:
        found.append(Finding("topics", State.ok, f"all {len(admin.plans(settings))} as set"))
    return found


def clickhouse(settings: "Settings") -> list[Finding]:
    """The database, and whether its tables are up to date."""
    from cli.clickhouse import connected

    try:
        with connected(settings, seconds=SECONDS, database=False) as client:
            found = [Finding("ClickHouse", State.ok, f"{client.server_version} at {settings.clickhouse_url}")]
            exists = client.query(
                "SELECT count() FROM system.databases WHERE name = {name:String}",
                parameters={"name": settings.clickhouse_database},
            ).first_row[0]
    except Failure as failure:
        return [Finding("ClickHouse", State.missing, str(failure).partition(": start it with")[0], START)]
    return [*found, _tables(settings, bool(exists))]


def _tables(settings: "Settings", exists: bool) -> Finding:
    from cli.clickhouse import connected
    from sinks.migrate import migrations

    if not exists:
        return Finding("tables", State.missing, f"no database {settings.clickhouse_database}", "masterx migrate")
    try:
        with connected(settings, seconds=SECONDS) as client:
            applied = {row[0] for row in client.query("SELECT DISTINCT number FROM schema_migrations").result_rows}
    except Failure as failure:
        return Finding("tables", State.missing, str(failure), "masterx migrate")
    behind = [migration for migration in migrations() if migration.number not in applied]
    if behind:
        return Finding("tables", State.missing, f"{len(behind)} migrations are not applied", "masterx migrate")
    return Finding("tables", State.ok, f"all {len(applied)} migrations applied to {settings.clickhouse_database}")


def redis(settings: "Settings") -> Finding:
    """Redis or Valkey. The pipeline runs on without it, degraded."""
    import redis as client_library

    from config.redis import RedisSecurityError, refusal, shown, url
    from pipeline.redis_client import blocking

    without = "no token streaming, no reply cache, limits per process"
    place = shown(settings.redis_url)
    try:
        address = url(settings)
        with blocking(address, SECONDS) as client:
            info = client.info("server")
    except RedisSecurityError as error:
        return Finding("Redis", State.absent, f"{error}; until then: {without}", "export MASTERX_REDIS_URL=URL")
    except (client_library.RedisError, ValueError, OSError) as error:
        refused = refusal(error, address)
        if refused:
            mend = "masterx redis acls" if "masterx redis" in refused else "export MASTERX_REDIS_USER=USER"
            return Finding("Redis", State.absent, f"{refused}; until then: {without}", mend)
        return Finding("Redis", State.absent, f"nothing answers at {place}: {without}", START)
    name, version = ("Valkey", info["valkey_version"]) if "valkey_version" in info else ("Redis", info["redis_version"])
    return Finding("Redis", State.ok, f"{name} {version} at {place}")


def registry(settings: "Settings") -> list[Finding]:
    """The schema registry, where one is set."""
    from urllib.error import URLError
    from urllib.request import urlopen

    if not settings.schema_registry_url:
        return []
    try:
        with urlopen(f"{settings.schema_registry_url.rstrip('/')}/subjects", timeout=SECONDS):
            return [Finding("schema registry", State.ok, settings.schema_registry_url)]
    except (URLError, OSError, ValueError) as error:
        detail = f"no answer at {settings.schema_registry_url}: {error}"
        return [Finding("schema registry", State.missing, detail, "export MASTERX_SCHEMA_REGISTRY_URL=URL")]


def providers(settings: "Settings") -> list[Finding]:
    """The declared LLM providers: which have what they need. Calls none of them."""
    import os
    from pathlib import Path

    from config import secret_files
    from config.providers import BUILT_IN, ProvidersError, available, read_file

    try:
        declared = read_file(Path(settings.providers_file) if settings.providers_file else BUILT_IN)
        ready = {provider.name for provider in available(declared, os.environ)}
    except ProvidersError as error:
        return [Finding("providers", State.missing, str(error), "export MASTERX_PROVIDERS_FILE=PATH")]
    found = []
    for entry in declared.providers:
        if entry.name in ready:
            found.append(Finding(f"provider {entry.name}", State.ok, "has its key and address"))
            continue
        lacking = [
            name for name in (entry.key_env, entry.api_base_env) if name and not secret_files.read(name, os.environ)
        ]
        if not entry.key_required:
            lacking = [name for name in lacking if name != entry.key_env]
        mend = "export " + " ".join(f"{name}=VALUE" for name in lacking)
        found.append(Finding(f"provider {entry.name}", State.absent, "not used: lacks its key or address", mend))
    if not ready:
        detail = "none can be called: every reply will be the offline one"
        found.append(Finding("providers", State.absent, detail, "masterx up --workers answers with the test provider"))
    return found
