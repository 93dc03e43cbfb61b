"""What is open: connections that anybody reads, services that ask nobody who they are, files that others may read.

Judged by the settings and by the files' modes alone. A service on a loopback address, reached by this machine's own
processes, counts as closed.
"""

import ipaddress
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from cli.doctor.finding import Finding, State

if TYPE_CHECKING:
    from config.settings import Settings

LEAST_KEY_BYTES = 32
# Shipped in examples, or the first thing that somebody tries.
GUESSED = frozenset({"admin", "changeme", "clickhouse", "default", "kafka", "masterx", "password", "secret", "test"})
OTHERS_MAY_READ = stat.S_IRGRP | stat.S_IROTH


def check(settings: "Settings", environ: "os._Environ[str] | dict[str, str]") -> list[Finding]:
    """One finding for each part, `open` where it should be closed."""
    return [
        kafka(settings),
        clickhouse(settings),
        redis(settings),
        *registry(settings),
        gateway(settings),
        metrics(settings),
        *spans(settings),
        *guessed(settings),
        *files(settings, environ),
        user(),
    ]


def kafka(settings: "Settings") -> Finding:
    """Encrypted, and with a login."""
    protocol = settings.kafka_security_protocol
    hosts = [server.strip().rpartition(":")[0] for server in settings.kafka_bootstrap.split(",")]
    if protocol == "SASL_SSL":
        return Finding("Kafka", State.ok, f"encrypted, as user {settings.kafka_user}")
    if all(is_loopback(host) for host in hosts):
        return Finding("Kafka", State.ok, f"{protocol}, on this machine alone")
    lacking = {"SSL": "asks nobody who they are", "SASL_PLAINTEXT": "is not encrypted"}
    detail = lacking.get(protocol, "is not encrypted and asks nobody who they are")
    return Finding("Kafka", State.open, f"{settings.kafka_bootstrap} {detail}", "masterx topics acls")


def clickhouse(settings: "Settings") -> Finding:
    """Encrypted, and with a password."""
    address = urlsplit(settings.clickhouse_url)
    if is_loopback(address.hostname):
        return Finding("ClickHouse", State.ok, "on this machine alone")
    lacking = []
    if address.scheme != "https":
        lacking.append("is not encrypted")
    if not settings.clickhouse_password.get_secret_value():
        lacking.append(f"user {settings.clickhouse_user} has no password")
    elif settings.clickhouse_user == "default":
        lacking.append("is used as user default, who may do everything")
    if lacking:
        login = "MASTERX_CLICKHOUSE_USER=USER MASTERX_CLICKHOUSE_PASSWORD=VALUE"
        mend = f"export MASTERX_CLICKHOUSE_URL=https://HOST:8443 {login}"
        return Finding("ClickHouse", State.open, f"{address.netloc}: {', '.join(lacking)}", mend)
    return Finding("ClickHouse", State.ok, f"encrypted, as user {settings.clickhouse_user}")


def redis(settings: "Settings") -> Finding:
    """Encrypted, verified, and with a login of limited rights."""
    from config.redis import NOBODY, user_in

    address = urlsplit(settings.redis_url)
    user = settings.redis_user or user_in(settings.redis_url)
    if address.scheme == "unix" or is_loopback(address.hostname):
        return Finding("Redis", State.ok, "on this machine alone")
    lacking = [] if address.scheme == "rediss" else ["is not encrypted"]
    lacking += ["is not verified"] if unverified(address.query) else []
    if not (address.password or settings.redis_password.get_secret_value()):
        lacking.append("asks for no password")
    elif user == NOBODY:
        lacking.append(f"is used as user {NOBODY}, who may do everything")
    if lacking:
        mend = "export MASTERX_REDIS_URL=rediss://HOST:6379/0 MASTERX_REDIS_USER=USER MASTERX_REDIS_PASSWORD=VALUE"
        return Finding("Redis", State.open, f"{address.hostname} {' and '.join(lacking)}", mend)
    return Finding("Redis", State.ok, f"encrypted, as user {user}")


def unverified(query: str) -> bool:
    """Whether an address tells the client not to look whose certificate it is."""
    told = {name: values[-1].lower() for name, values in parse_qs(query).items()}
    return told.get("ssl_cert_reqs", "required") != "required" or told.get("ssl_check_hostname", "true") in (
        "false",
        "no",
        "0",
        "f",
        "n",
    )


def registry(settings: "Settings") -> Iterator[Finding]:
    """Encrypted, where one is used."""
    if settings.schema_registry_url:
        yield _address("schema registry", settings.schema_registry_url, "MASTERX_SCHEMA_REGISTRY_URL")


def spans(settings: "Settings") -> Iterator[Finding]:
    """Encrypted, where spans are sent."""
    if "://" in settings.trace_to:
        yield _address("traces", settings.trace_to, "MASTERX_TRACE_TO")


def _address(part: str, url: str, variable: str) -> Finding:
    address = urlsplit(url)
    if is_loopback(address.hostname) or address.scheme == "https":
        return Finding(part, State.ok, "on this machine alone" if is_loopback(address.hostname) else "encrypted")
    return Finding(part, State.open, f"{address.netloc} is not encrypted", f"export {variable}=https://HOST/…")


def gateway(settings: "Settings") -> Finding:
    """Everybody is known, by a key that can't be guessed."""
    key = settings.gateway_jwt_key.get_secret_value()
    if key and len(key.encode()) < LEAST_KEY_BYTES:
        mend = "export MASTERX_GATEWAY_JWT_KEY=$(openssl rand -hex 32)"
        return Finding("gateway", State.open, f"the tokens' key has fewer than {LEAST_KEY_BYTES} bytes", mend)
    if key or settings.gateway_jwks or settings.gateway_api_keys.get_secret_value():
        return Finding("gateway", State.ok, "asks for a token or a key")
    if is_loopback(settings.gateway_host):
        return Finding("gateway", State.ok, "on this machine alone, with development tokens")
    return Finding("gateway", State.open, "nobody could be known", "export MASTERX_GATEWAY_JWKS=https://HOST/PATH")


def metrics(settings: "Settings") -> Finding:
    """They name no learner, but how much a school does is nobody's business either."""
    if not settings.metrics_port or is_loopback(settings.metrics_host):
        return Finding("metrics", State.ok, "on this machine alone" if settings.metrics_port else "none")
    detail = f"anybody who reaches {settings.metrics_host}:{settings.metrics_port} reads them: let Prometheus alone"
    return Finding("metrics", State.absent, detail, "see NetworkPolicy in docs/threat-model.md")


def guessed(settings: "Settings") -> Iterator[Finding]:
    """Secrets that anybody would try first."""
    secrets = {
        "MASTERX_KAFKA_PASSWORD": settings.kafka_password,
        "MASTERX_CLICKHOUSE_PASSWORD": settings.clickhouse_password,
        "MASTERX_REDIS_PASSWORD": settings.redis_password,
        "MASTERX_GATEWAY_JWT_KEY": settings.gateway_jwt_key,
    }
    for name, secret in secrets.items():
        value = secret.get_secret_value()
        if value.lower() in GUESSED or (value and len(set(value)) == 1):
            yield Finding(
                name, State.open, "is what somebody would try first", f"export {name}=$(openssl rand -hex 32)"
            )


def files(settings: "Settings", environ: "os._Environ[str] | dict[str, str]") -> Iterator[Finding]:
    """Files with secrets, and what learners wrote: for their owner alone."""
    secret = [Path(".env"), *_within(environ.get("MASTERX_SECRETS_DIR")), *_within(settings.data_dir, "*")]
    for path in secret:
        if path.exists() and path.stat().st_mode & OTHERS_MAY_READ:
            # A directory whose own doors are shut keeps everything in it.
            if any(not parent.stat().st_mode & stat.S_IXOTH for parent in path.absolute().parents):
                continue
            mode = stat.S_IMODE(path.stat().st_mode)
            yield Finding(str(path), State.open, f"others may read it ({mode:o})", f"chmod go-rwx {path}")


def user() -> Finding:
    """Not root."""
    if os.geteuid() == 0:
        return Finding(
            "process", State.open, "runs as root: a hole in it would be one in the machine", "see Dockerfile"
        )
    return Finding("process", State.ok, f"runs as user {os.geteuid()}")


def is_loopback(host: str | None) -> bool:
    """Whether an address is of this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address((host or "").strip("[]")).is_loopback
    except ValueError:
        return False


def _within(folder: str | None, pattern: str = "masterx_*") -> Iterable[Path]:
    return sorted(Path(folder).glob(pattern)) if folder else ()
