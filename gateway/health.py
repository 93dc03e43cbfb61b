"""How the parts behind the gateway are, looked at in the background so that a question is answered at once."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

EVERY_SECONDS = 2.0
PATIENCE_SECONDS = 2.0
# A look that is older than this says nothing any more.
STALE_SECONDS = 3 * (EVERY_SECONDS + PATIENCE_SECONDS)


@dataclass(frozen=True, slots=True)
class Look:
    """How a part was when it was last looked at: `ms` it took to answer; `at` on the monotonic clock, seconds."""

    ok: bool
    ms: float | None
    error: str
    at: float


class Health:
    """Pings each part every two seconds. Without one of `needed` the gateway is not ready."""

    def __init__(self, pings: Mapping[str, Callable[[], Awaitable[None]]], needed: frozenset[str]) -> None:
        self._pings, self._needed = pings, needed
        self._looks: dict[str, Look] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to look."""
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._watch(name, ping)) for name, ping in self._pings.items()]

    async def stop(self) -> None:
        """Stop looking."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def report(self) -> dict[str, Any]:
        """`ready`, and each part with `ok`, `latency_ms`, `needed` and, where something is wrong, `error`."""
        now = time.monotonic()
        parts = {}
        for name in self._pings:
            look = self._looks.get(name, Look(False, None, "not looked at yet", now))
            if now - look.at > STALE_SECONDS:
                look = Look(False, None, "hangs", now)
            part: dict[str, Any] = {"ok": look.ok, "latency_ms": look.ms, "needed": name in self._needed}
            parts[name] = part if look.ok else part | {"error": look.error}
        return {"ready": all(parts[name]["ok"] for name in self._needed), "parts": parts}

    async def _watch(self, name: str, ping: Callable[[], Awaitable[None]]) -> None:
        while True:
            start = time.monotonic()
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await ping()
            except TimeoutError:
                self._looks[name] = Look(False, None, f"no answer within {PATIENCE_SECONDS:.0f} s", time.monotonic())
            except Exception as error:
                # Whatever a client library raises: the part is not well. Its text may name addresses, never secrets.
                self._looks[name] = Look(False, None, type(error).__name__, time.monotonic())
            else:
                now = time.monotonic()
                self._looks[name] = Look(True, round((now - start) * 1000, 2), "", now)
            await asyncio.sleep(EVERY_SECONDS)
