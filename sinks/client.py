"""One way to a ClickHouse client, and to errors that people can act on."""

import logging
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError

from config.clickhouse import ClickHouseSecurityError, authority, unverified
from config.settings import Settings
from sinks.errors import ClickHouseAway, ClickHouseRefusal, SinkError

# Codes of ClickHouse's ErrorCodes.cpp. These say that it can't serve now; a later try may do.
AWAY = frozenset(
    {
        159,  # TIMEOUT_EXCEEDED
        164,  # READONLY
        202,  # TOO_MANY_SIMULTANEOUS_QUERIES
        209,  # SOCKET_TIMEOUT
        210,  # NETWORK_ERROR
        225,  # NO_ZOOKEEPER
        236,  # ABORTED
        241,  # MEMORY_LIMIT_EXCEEDED
        242,  # TABLE_IS_READ_ONLY
        243,  # NOT_ENOUGH_SPACE
        252,  # TOO_MANY_PARTS
        285,  # TOO_FEW_LIVE_REPLICAS
        319,  # UNKNOWN_STATUS_OF_INSERT
        394,  # QUERY_WAS_CANCELLED
        999,  # KEEPER_EXCEPTION
    }
)
HINTS = {
    16: "the tables are older than this program: run masterx migrate",
    60: "no such table; where SHOW TABLES lists none, run masterx migrate",
    81: "the database is not there yet: run masterx migrate",
    497: "this user lacks a right; 'masterx grants' prints what each app's needs",
    193: "check MASTERX_CLICKHOUSE_USER and MASTERX_CLICKHOUSE_PASSWORD",
    516: "check MASTERX_CLICKHOUSE_USER and MASTERX_CLICKHOUSE_PASSWORD",
}

# The client logs with a traceback what it raises as well.
for _logger in ("clickhouse_connect.driver.transform", "clickhouse_connect.driver._backend.http_sync"):
    logging.getLogger(_logger).setLevel(logging.CRITICAL)


def connect(settings: Settings, *, database: str | None = None, seconds: float = 60.0) -> Client:
    """A client for `clickhouse_url`, for use from several threads. Without `database` it has none selected.

    `seconds` is how long an answer may take. Raises `ClickHouseAway`, `ClickHouseRefusal`, and `SinkError` for an
    address that is none.
    """
    address = urlsplit(settings.clickhouse_url)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise SinkError(f"MASTERX_CLICKHOUSE_URL is no http:// or https:// address: {settings.clickhouse_url}")
    secure = address.scheme == "https"
    try:
        ca_file = authority(settings)
    except ClickHouseSecurityError as error:
        raise SinkError(str(error)) from error
    try:
        return clickhouse_connect.get_client(
            interface=address.scheme,
            host=address.hostname,
            port=address.port or (8443 if secure else 8123),
            username=settings.clickhouse_user,
            password=settings.clickhouse_password.get_secret_value(),
            ca_cert=ca_file,
            database=database,
            proxy_path=address.path.strip("/"),
            # Compression pays over a network, not to this machine.
            compress=address.hostname not in ("127.0.0.1", "localhost", "::1"),
            connect_timeout=5,
            send_receive_timeout=seconds,
            # Sessions allow one query at a time.
            autogenerate_session_id=False,
        )
    except ClickHouseError as error:
        raise explained(error, settings.clickhouse_url) from error


def explained(error: ClickHouseError, url: str) -> SinkError:
    """`error` in one line, as `ClickHouseAway` or `ClickHouseRefusal`."""
    code = getattr(error, "code", None)
    said = " ".join(str(error).split())
    if code is None and "CERTIFICATE_VERIFY_FAILED" in said + _cause(error):
        return SinkError(unverified(url))
    if code is None and "WRONG_VERSION_NUMBER" in said + _cause(error):
        return SinkError(f"ClickHouse at {url} speaks no TLS: MASTERX_CLICKHOUSE_URL must begin with http:// there")
    if code is None and isinstance(error, OperationalError):
        return ClickHouseAway(
            f"nothing answers at {url}: start it with masterx up, or set MASTERX_CLICKHOUSE_URL ({_cause(error)})"
        )
    if code in AWAY:
        return ClickHouseAway(f"ClickHouse at {url} can't serve now: {said[:300]}")
    hint = HINTS.get(code) if code is not None else None
    return ClickHouseRefusal(f"ClickHouse at {url} says no: {f'{hint}; ' if hint else ''}{said[:300]}", code)


def _cause(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return " ".join(str(error).split())[:200]
