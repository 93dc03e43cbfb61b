"""`masterx forecast`."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.exits import CANNOT_CREATE, USAGE, Failure
from cli.finite import finite
from cli.screen import note, out, table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agents.analytics.forecast import Forecast

PORT = 9465
EVERY_SECONDS = 60.0


def forecast(
    serve: Annotated[bool, typer.Option("--serve", help="Answer at /metrics until SIGTERM or Ctrl-C.")] = False,
    host: Annotated[str, typer.Option(help="Address to listen on, with --serve.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: a free one.")] = PORT,
    every: Annotated[
        float, typer.Option(min=0.1, max=86_400, callback=finite, help="Seconds between two looks.")
    ] = EVERY_SECONDS,
    store: Annotated[bool, typer.Option("--store", help="Keep the forecast in ClickHouse, to be scored.")] = False,
    scores: Annotated[bool, typer.Option("--scores", help="Print how good the stored ones of 14 days were.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object; with --scores one a line.")] = False,
) -> None:
    """Say how many messages and attempts the next 60 minutes bring, and what replies cost, from the last four weeks.

    With --serve it is a process for Prometheus to scrape, so that workers can be scaled before the load comes.
    Without --store nothing is written.
    """
    import time

    from cli.clickhouse import connected
    from cli.forecast.minutes import Minutes
    from cli.forecast.outlook import outlook
    from cli.forecast.scores import show
    from cli.forecast.store import Store
    from config.settings import settings

    chosen = settings()
    if scores:
        if serve or store:
            raise Failure(USAGE, "--scores forecasts nothing: leave --serve and --store out")
        with connected(chosen) as client:
            show(client, json)
        return
    minutes, kept = Minutes(), Store()

    def look() -> "Mapping[str, Forecast]":
        with connected(chosen) as client:
            minutes.look(client, time.time())
        return outlook(minutes.hours)

    def keep(found: "Mapping[str, Forecast]") -> None:
        if store:
            with connected(chosen) as client:
                kept.keep(client, minutes, found)

    if serve:
        _serve(look, keep, host, port, every)
        return
    found = look()
    keep(found)
    if json:
        import orjson

        bounds = ("expected", "low", "high")
        out(orjson.dumps({kind: {name: getattr(one, name) for name in bounds} for kind, one in found.items()}).decode())
        return
    if not found:
        note("no whole hour of records yet")
        return
    rows = [(kind, *(f"{value:,.4g}" for value in (one.expected, one.low, one.high))) for kind, one in found.items()]
    table(("next 60 minutes", "expected", "low", "high"), rows, numeric=(False, True, True, True))
    note("low to high holds nine hours in ten")


def _serve(
    look: "Callable[[], Mapping[str, Forecast]]",
    keep: "Callable[[Mapping[str, Forecast]], None]",
    host: str,
    port: int,
    every: float,
) -> None:
    import asyncio
    import signal

    from cli.forecast.serve import serve

    async def until_told() -> None:
        task = asyncio.create_task(
            serve(look, keep, host, port, every, lambda taken: note(f"http://{host}:{taken}/metrics; Ctrl-C ends it"))
        )
        loop = asyncio.get_running_loop()
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(one, task.cancel)
        await asyncio.gather(task, return_exceptions=False)

    try:
        asyncio.run(until_told())
    except asyncio.CancelledError:
        return
    except OSError as error:
        raise Failure(
            CANNOT_CREATE, f"can't listen on {host}:{port}: {error.strerror}; choose another --port"
        ) from error
