"""Requests and sockets as an intruder makes them, on whatever route there is."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from starlette.routing import BaseRoute, Route, WebSocketRoute
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from benchmarks.gateway.process import GatewayProcess
from benchmarks.gateway.security.table import CLOSED
from gateway.app import routes
from gateway.openapi import EXAMPLES

# What anybody may ask for. Every other route is guarded, whoever adds it.
OPEN = frozenset({"/livez", "/readyz", "/metrics", "/openapi.json", "/", "/{name}"})
PATIENCE = 60.0
READ_SECONDS = 0.5
MOST_READ = 256 * 1024


@dataclass(frozen=True, slots=True)
class Target:
    """Whose ids are asked for. `after` is a cursor of theirs, `session` a sitting."""

    learner: str
    identity: str
    after: str | None = None
    session: str | None = None


def guarded() -> list[Route]:
    """Every HTTP route that needs a token."""
    return [route for route in routes() if isinstance(route, Route) and route.path not in OPEN]


def sockets() -> list[WebSocketRoute]:
    """Every WebSocket route: none is open."""
    return [route for route in routes() if isinstance(route, WebSocketRoute)]


def unknown() -> list[BaseRoute]:
    """Routes that are of neither kind: nothing here would try them."""
    return [route for route in routes() if not isinstance(route, Route | WebSocketRoute)]


def filled(path: str, target: Target) -> str:
    """A route's path about `target`. Raises `KeyError` for a parameter that is new: say here what it stands for."""
    values = {"learner": target.learner, "id": target.identity}
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], path)


class Asker:
    """Asks one gateway."""

    def __init__(self, gateway: GatewayProcess) -> None:
        self.gateway = gateway
        limits = httpx.Limits(max_connections=1000, max_keepalive_connections=20)
        self.http = httpx.AsyncClient(
            base_url=f"http://{gateway.address}", timeout=PATIENCE, trust_env=False, limits=limits
        )

    def bearer(self, learner: str | None, tenant: str = "school", role: str = "learner") -> dict[str, str]:
        """The header of somebody whom the gateway knows."""
        return {"Authorization": f"Bearer {self.gateway.token(learner, tenant=tenant, role=role)}"}

    async def route(
        self, route: Route, headers: Mapping[str, str], target: Target, **body: Any
    ) -> tuple[int | str, bytes]:
        """Ask a route about `target`: the status, and what was answered within half a second."""
        method = next(iter((route.methods or {"GET"}) - {"HEAD"}))
        path = filled(route.path, target)
        asked: dict[str, Any] = {"params": _query(target), "headers": dict(headers)}
        if method == "POST":
            asked = {"headers": dict(headers), "json": {**EXAMPLES[path.rsplit("/", 1)[1]], **body}}
        try:
            async with self.http.stream(method, path, **asked) as answer:
                found = bytearray()
                # A stream of events never ends.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(READ_SECONDS if answer.status_code == 200 else PATIENCE):
                        async for part in answer.aiter_raw():
                            found += part
                            if len(found) > MOST_READ:
                                break
                return answer.status_code, bytes(found)
        except httpx.HTTPError as error:
            return f"{CLOSED} ({type(error).__name__})", b""

    async def socket(
        self, path: str, headers: Mapping[str, str], target: Target | None = None, *, subprotocols: str | None = None
    ) -> tuple[int | str, bytes]:
        """The status that a handshake is answered with, and what frames held within half a second."""
        found = bytearray()
        try:
            async with self.opened(path, headers, target, subprotocols=subprotocols) as stream:
                with contextlib.suppress(TimeoutError, ConnectionClosed):
                    async with asyncio.timeout(READ_SECONDS):
                        async for text in stream:
                            found += text.encode() if isinstance(text, str) else text
            return 101, bytes(found)
        except InvalidStatus as refused:
            return refused.response.status_code, bytes(refused.response.body or b"")
        except (InvalidHandshake, OSError, EOFError, ConnectionClosed) as error:
            return f"{CLOSED} ({type(error).__name__})", b""

    @asynccontextmanager
    async def opened(
        self, path: str, headers: Mapping[str, str], target: Target | None = None, *, subprotocols: str | None = None
    ) -> AsyncIterator[Any]:
        """An open socket. Raises what `websockets` raises."""
        url = httpx.URL(f"ws://{self.gateway.address}{path}", params=_query(target) if target else None)
        extra = {**headers, **({"Sec-WebSocket-Protocol": subprotocols} if subprotocols else {})}
        async with connect(str(url), additional_headers=extra, proxy=None, open_timeout=PATIENCE) as stream:
            yield stream

    async def post(self, name: str, headers: Mapping[str, str], body: Any) -> httpx.Response:
        """Post an event."""
        return await self.http.post(f"/v1/{name}", json=body, headers=dict(headers))


def _query(target: Target) -> dict[str, str]:
    asked = {"learner": target.learner, "after": target.after, "session": target.session}
    return {name: value for name, value in asked.items() if value is not None}
