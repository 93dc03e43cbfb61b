"""`/livez` and `/metrics` with the next hour's load and cost."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TypeVar

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import Metric as Family

from agents.analytics.forecast import Forecast
from cli.exits import Failure
from cli.forecast.minutes import COST
from cli.screen import note
from pipeline.telemetry import metrics
from pipeline.telemetry.collector import family

T = TypeVar("T")

STALE_LOOKS = 5
"""A forecast that is older than so many looks says nothing any more: it is left out."""


class ForecastCollector:
    """The newest forecasts, as long as they are fresh."""

    def __init__(self, fresh_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._fresh_seconds, self._clock = fresh_seconds, clock
        self._forecasts: Mapping[str, Forecast] = {}
        self._at = clock()

    def take(self, forecasts: Mapping[str, Forecast]) -> None:
        """Show these from now on."""
        self._forecasts, self._at = forecasts, self._clock()

    def collect(self) -> Iterator[Family]:
        """See prometheus_client."""
        records, cost = family(metrics.NEXT_HOUR_RECORDS), family(metrics.NEXT_HOUR_COST)
        fresh = self._clock() - self._at <= self._fresh_seconds
        for kind, forecast in self._forecasts.items() if fresh else ():
            for bound in ("expected", "low", "high"):
                if kind == COST:
                    cost.add_metric([bound], getattr(forecast, bound))
                else:
                    records.add_metric([kind, bound], getattr(forecast, bound))
        yield records
        yield cost


class _Tries:
    """Work that may fail, in a thread; why it did is said once."""

    def __init__(self, trouble: str) -> None:
        self._trouble, self._said = trouble, ""

    async def done(self, work: Callable[[], T]) -> T | None:
        """What `work` gives; None where it failed."""
        try:
            given = await asyncio.to_thread(work)
        except Failure as failure:
            if str(failure) != self._said:
                self._said = str(failure)
                note(f"{self._trouble}: {self._said}")
            return None
        self._said = ""
        return given


async def serve(
    look: Callable[[], Mapping[str, Forecast]],
    keep: Callable[[Mapping[str, Forecast]], None],
    host: str,
    port: int,
    every: float,
    ready: Callable[[int], None],
) -> None:
    """Look every `every` seconds, keep what was seen, and answer until cancelled. Raises `OSError` for a taken port.

    `look` may fail: then what it gave last is shown until it is stale, and the reason is said once. So may `keep`, and
    what was to be kept is shown all the same: workers are scaled by it.
    """
    collector = ForecastCollector(STALE_LOOKS * every)
    registry = CollectorRegistry()
    registry.register(collector)
    ProcessCollector(registry=registry)

    async def livez(_request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def shown(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/livez", livez), web.get("/metrics", shown)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    looks, keeps = _Tries("no new forecast"), _Tries("forecast not stored")
    try:
        await web.TCPSite(runner, host, port).start()
        ready(int(runner.addresses[0][1]))
        while True:
            found = await looks.done(look)
            if found is not None:
                collector.take(found)
                await keeps.done(partial(keep, found))
            await asyncio.sleep(every)
    finally:
        await runner.cleanup()
