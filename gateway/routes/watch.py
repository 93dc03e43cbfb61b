"""`WebSocket /v1/metrics`: a tenant's figures for those who watch."""

import asyncio
import time

import orjson
from starlette.websockets import WebSocket

from gateway.figures import SECTIONS
from gateway.parts import Parts
from gateway.principal import Principal
from gateway.refusal import Refusal, later, unauthorised
from gateway.routes import sockets
from gateway.routes.common import parts_of, socket_principal
from gateway.windows import Wanted

# These are sent as soon as they change; the others, which are worked out from all replies, once a second.
AT_ONCE = ("interventions", "aggregates")
BETWEEN_SECONDS = 0.03
EVERY_SECONDS = 1.0
MOST_WATCHERS = 200
MOST_NAMES = 100


async def metrics(socket: WebSocket) -> None:
    """Frames `{"type": "figures", "at": …, SECTION: …}`.

    `?sections=flow,latency` asks for some alone; of the aggregates, `?kinds=` and `?scopes=` for those of these kinds
    and dimensions.
    """
    try:
        parts, principal = parts_of(socket), await socket_principal(socket)
        principal.require_staff()
        sections = _sections(socket.query_params.get("sections"))
        wanted = Wanted(_names(socket, "kinds"), _names(socket, "scopes"))
        watchers = parts.watchers.setdefault(principal.tenant, set())
        if len(watchers) >= MOST_WATCHERS:
            raise later("too_many_streams", f"{MOST_WATCHERS} watch this tenant already", 5, status=429)
        changed = asyncio.Event()
        watchers.add(changed)
        try:
            await sockets.accept(socket)
            await sockets.run(socket, _send(socket, parts, principal, sections, wanted, changed))
        finally:
            watchers.discard(changed)
            if not watchers and parts.watchers.get(principal.tenant) is watchers:
                del parts.watchers[principal.tenant]
    except Refusal as refusal:
        await sockets.refuse(socket, refusal)


async def _send(
    socket: WebSocket,
    parts: Parts,
    principal: Principal,
    sections: tuple[str, ...],
    windows: Wanted,
    changed: asyncio.Event,
) -> None:
    quick = [name for name in sections if name in AT_ONCE]
    whole_at = 0.0
    while True:
        now = time.time()
        if principal.expires_at is not None and now >= principal.expires_at:
            raise unauthorised("the token has expired; get a new one")
        whole = time.monotonic() >= whole_at
        if whole:
            whole_at = time.monotonic() + EVERY_SECONDS
        wanted = sections if whole else quick
        figures = parts.figures.of(principal.tenant).watched(now, wanted, windows) if wanted else {}
        changed.clear()
        if figures:
            # A client that does not read is held up here alone; what it misses is in the next frame.
            await socket.send_text(orjson.dumps({"type": "figures", "at": round(now, 3), **figures}).decode())
        await asyncio.sleep(BETWEEN_SECONDS)
        try:
            async with asyncio.timeout(max(0.0, whole_at - time.monotonic())):
                await changed.wait()
        except TimeoutError:
            continue


def _names(socket: WebSocket, name: str) -> frozenset[str] | None:
    """The comma-separated values of a query parameter; None without it. Raises `Refusal` (400)."""
    text = socket.query_params.get(name)
    if text is None:
        return None
    asked = frozenset(part.strip() for part in text.split(",") if part.strip())
    if not 0 < len(asked) <= MOST_NAMES:
        raise Refusal(400, name, f"{name} is to name 1 to {MOST_NAMES}, comma-separated")
    return asked


def _sections(text: str | None) -> tuple[str, ...]:
    if text is None:
        return SECTIONS
    asked = tuple(part.strip() for part in text.split(","))
    if unknown := [name for name in asked if name not in SECTIONS]:
        raise Refusal(400, "sections", f"no section {unknown[0][:40]!r}; there are {', '.join(SECTIONS)}")
    return asked
