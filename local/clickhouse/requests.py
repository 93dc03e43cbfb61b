"""What an HTTP request asks of ClickHouse."""

import base64
import binascii
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import parse_qsl

from local.clickhouse.encodings import decode
from local.clickhouse.errors import refusal
from local.http1 import Request

# Parameters of the interface itself; every other one is a setting.
_RESERVED = frozenset(
    {
        "query", "database", "user", "password", "query_id", "quota_key", "stacktrace", "role", "default_format",
        "compress", "decompress", "buffer_size", "wait_end_of_query", "session_id", "session_timeout",
        "session_check", "close_session", "client_protocol_version", "enable_http_compression",
        "send_progress_in_http_headers", "http_headers_progress_interval_ms", "add_http_cors_header",
        "cancel_http_readonly_queries_on_client_close",
    }
)  # fmt: skip


class ExternalTable(NamedTuple):
    """A table that came with the request: columns as `CREATE TABLE` takes them, and rows in `format`."""

    name: str
    structure: str
    format: str
    data: bytes


@dataclass(slots=True)
class Ask:
    """One statement with its surroundings. `text` may hold an insert's binary data.

    `settings` are the connection's; `statement_settings` go into an insert's own `SETTINGS`.
    """

    text: bytes
    database: str
    settings: dict[str, str]
    parameters: dict[str, str]
    default_format: str
    query_id: str
    session_id: str
    session_seconds: int
    session_must_exist: bool
    accepted_encodings: str
    tables: list[ExternalTable] = field(default_factory=list)
    statement_settings: dict[str, str] = field(default_factory=dict)


def _require_default_user(request: Request, options: dict[str, str]) -> None:
    user = options.get("user") or request.headers.get("x-clickhouse-user", "")
    password = options.get("password") or request.headers.get("x-clickhouse-key", "")
    authorization = request.headers.get("authorization", "")
    if not user and authorization.lower().startswith("basic "):
        try:
            user, _, password = base64.b64decode(authorization[6:]).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            user = "?"
    if user not in ("", "default") or password:
        raise refusal(
            516,
            "AUTHENTICATION_FAILED",
            f"{user}: Authentication failed: the local engine only knows the user 'default' without a password",
        )


def _multipart(body: bytes, boundary: str) -> dict[str, bytes]:
    parts: dict[str, bytes] = {}
    for part in body.split(b"--" + boundary.encode())[1:]:
        head, separator, content = part.partition(b"\r\n\r\n")
        if not separator:
            continue
        disposition = head.decode("latin-1")
        name = disposition.partition('name="')[2].partition('"')[0]
        parts[name] = content.removesuffix(b"\r\n")
    return parts


def _join(in_url: bytes, body: bytes) -> bytes:
    return in_url + b"\n" + body if in_url and body else in_url or body


def _external_tables(parts: dict[str, bytes], options: dict[str, str]) -> list[ExternalTable]:
    tables = []
    for name, data in parts.items():
        if name == "query" or name.startswith("param_"):
            continue
        structure = options.pop(f"{name}_structure", "")
        types = options.pop(f"{name}_types", "")
        if not structure and types:
            structure = ", ".join(f"_{i} {kind}" for i, kind in enumerate(types.split(","), 1))
        tables.append(ExternalTable(name, structure, options.pop(f"{name}_format", "TabSeparated"), data))
    return tables


def read(request: Request) -> Ask:
    """Take a request apart. Raises `ClickHouseError` for another user, or an encoding that is not supported."""
    options = dict(parse_qsl(request.query, keep_blank_values=True))
    _require_default_user(request, options)
    if options.get("decompress") == "1" or options.get("compress") == "1":
        raise refusal(
            48, "NOT_IMPLEMENTED", "The local engine has no 'compress' and 'decompress': use Content-Encoding"
        )
    body = decode(request.body, request.headers.get("content-encoding", "").lower())
    text, tables = _join(options.get("query", "").encode(), body), []
    content_type = request.headers.get("content-type", "")
    if content_type.startswith("multipart/form-data"):
        parts = _multipart(body, content_type.partition("boundary=")[2].strip('"'))
        options.update({k: v.decode() for k, v in parts.items() if k == "query" or k.startswith("param_")})
        text = options.get("query", "").encode()
        tables = _external_tables(parts, options)
    elif content_type.startswith("application/x-www-form-urlencoded") and body.startswith((b"query=", b"param_")):
        options.update(parse_qsl(body.decode(), keep_blank_values=True))
        text = options.get("query", "").encode()
    settings = {k: v for k, v in options.items() if k not in _RESERVED and not k.startswith("param_")}
    if request.method != "POST":
        settings.setdefault("readonly", "2")
    headers = request.headers
    return Ask(
        text=text,
        database=options.get("database") or headers.get("x-clickhouse-database", ""),
        settings=settings,
        parameters={k[6:]: v for k, v in options.items() if k.startswith("param_")},
        default_format=options.get("default_format") or headers.get("x-clickhouse-format", "TabSeparated"),
        query_id=options.get("query_id", ""),
        session_id=options.get("session_id", ""),
        session_seconds=int(options.get("session_timeout") or 60),
        session_must_exist=options.get("session_check") == "1",
        accepted_encodings=headers.get("accept-encoding", "") if options.get("enable_http_compression") == "1" else "",
        tables=tables,
    )
