"""What routes share."""

import uuid

from starlette.requests import HTTPConnection

from gateway import origins
from gateway.auth import bearer
from gateway.headers import LIMITS
from gateway.parts import Parts
from gateway.principal import Principal
from gateway.refusal import Refusal

SUBPROTOCOL = "masterx.v1"
TOKEN_PREFIX = "bearer."


def parts_of(connection: HTTPConnection) -> Parts:
    """The running gateway that a request came to."""
    parts: Parts = connection.app.state.parts
    return parts


def known(connection: HTTPConnection) -> Principal:
    """Who asks, not counted. Raises `Refusal` (401, 403)."""
    parts = parts_of(connection)
    origins.check(connection.headers, parts.origins)
    return parts.authenticator.principal(bearer(connection.headers.get("authorization")))


async def principal_of(connection: HTTPConnection) -> Principal:
    """Who asks; the request counts. Raises `Refusal` (401, 403, 429)."""
    return await counted(connection, known(connection))


async def counted(connection: HTTPConnection, principal: Principal) -> Principal:
    """Count a request of `principal`; the headers that say what is left go into its answer. Raises `Refusal` (429)."""
    await count(connection, principal, principal.learner)
    return principal


async def count(connection: HTTPConnection, principal: Principal, learner: str | None, *, event: bool = False) -> None:
    """Count a request about `learner`. Raises `Refusal` (429)."""
    connection.scope[LIMITS] = await parts_of(connection).limits.take(principal.tenant, learner, event=event)


async def socket_principal(connection: HTTPConnection) -> Principal:
    """Who opens a WebSocket: by header, or by a subprotocol `bearer.TOKEN`, for pages can't set headers.

    Raises `Refusal` (401, 403, 429).
    """
    for offered in connection.headers.get("sec-websocket-protocol", "").split(","):
        if offered.strip().startswith(TOKEN_PREFIX):
            parts = parts_of(connection)
            origins.check(connection.headers, parts.origins)
            return await counted(connection, parts.authenticator.principal(offered.strip().removeprefix(TOKEN_PREFIX)))
    return await principal_of(connection)


def uuid_of(text: str, what: str) -> str:
    """The UUID in a path or query. Raises `Refusal` (400)."""
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise Refusal(400, "id", f"{what} is no UUID") from error


def session_asked(connection: HTTPConnection) -> str | None:
    """The sitting that a stream is to be about. Raises `Refusal` (400)."""
    asked = connection.query_params.get("session")
    return uuid_of(asked, "session") if asked is not None else None
