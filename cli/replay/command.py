"""`masterx replay FORMAT PATH`."""

from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.exits import BAD_INPUT, BAD_RESULT, USAGE, Failure
from cli.finite import finite
from cli.interrupts import as_interrupt
from cli.screen import note, out

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.verify import Verdict
    from cli.workers import Workers
    from config.settings import Settings

LABELS = {
    "sent": "events sent",
    "answered": "answered",
    "answered_by_provider": "  by a provider",
    "lost": "lost",
    "duplicated": "duplicated",
    "out_of_order": "out of order",
    "dead_lettered": "refused (dead letters)",
    "p50_ms": "latency p50, ms",
    "p99_ms": "latency p99, ms",
}


class Format(StrEnum):
    """The formats of recorded data that there are readers for."""

    statistics_cloze = "statistics-cloze"
    mathdial = "mathdial"
    bridge = "bridge"


class Where(StrEnum):
    """Whose services are used."""

    local = "local"
    none = "none"


def replay(
    format: Annotated[Format, typer.Argument(metavar="statistics-cloze|mathdial|bridge", help="What PATH holds.")],
    path: Annotated[Path, typer.Argument(help="The data file, or a folder that holds it.")],
    stack: Annotated[
        Where, typer.Option(help="local: start everything for this run; none: use what the settings name.")
    ] = Where.local,
    broker: Annotated[
        str, typer.Option(metavar="kafka|pocket|HOST:PORT", help="The broker; auto takes Kafka where it can run.")
    ] = "auto",
    speed: Annotated[
        str, typer.Option(metavar="full|N|N/s", help="full, N times as fast as recorded, or N/s events a second.")
    ] = "full",
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Only the first N events.")] = None,
    in_flight: Annotated[
        int, typer.Option(min=0, metavar="N", help="Most messages that may wait for their answer at a time; 0: any.")
    ] = 256,
    patience: Annotated[
        float,
        typer.Option(
            min=1, max=86_400, callback=finite, metavar="SECONDS", help="Give up once nothing has moved for so long."
        ),
    ] = 60.0,
    directory: Annotated[
        Path | None,
        typer.Option("--dir", help="Where the local stack puts its data and logs; kept. Else a temporary one."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="End with one line of JSON.")] = False,
) -> None:
    """Send recorded data through the pipeline and count what came of it.

    Exit code 1 when something was lost, duplicated or out of order.
    """
    import csv
    import gzip
    import zlib

    from cli.replay import pace
    from cli.replay.drive import Drive
    from cli.replay.readers import READERS
    from cli.replay.recorded import ReadError
    from config.settings import settings

    try:
        chosen_speed = pace.parse(speed)
    except ValueError as error:
        raise Failure(USAGE, f"--speed: {error}") from error
    chosen = settings()
    try:
        reading = READERS[format.value](path)
    except ReadError as error:
        raise Failure(BAD_INPUT, str(error)) from error
    except (UnicodeDecodeError, csv.Error, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Failure(BAD_INPUT, f"{path}: not {format.value} data, or not all of it: {error}") from error
    events = reading.events[:limit]
    left_out = f"; left out: {', '.join(reading.left_out)}" if reading.left_out else ""
    note(f"{len(events)} events from {path}{left_out}")
    with ExitStack() as cleanup:
        cleanup.enter_context(as_interrupt())
        alive: Callable[[], None] = lambda: None  # noqa: E731 - replaced where there are workers to look after
        if stack is Where.local:
            chosen, workers = _local(chosen, broker, directory, cleanup)
            alive = _looking_after(workers)
        else:
            chosen = _named(chosen, broker)
        verdict = Drive(
            chosen, events, chosen_speed, patience=patience, in_flight=in_flight, progress=note, alive=alive
        ).run()
    _show(verdict, json)
    raise typer.Exit(0 if verdict.good else BAD_RESULT)


def _local(chosen: "Settings", broker: str, directory: Path | None, cleanup: ExitStack) -> "tuple[Settings, Workers]":
    """Start the stack, topics, tables and workers; they end with `cleanup`."""
    from tempfile import TemporaryDirectory

    from cli import stack as local
    from cli.clickhouse import connected
    from cli.workers import Workers
    from sinks.migrate import migrate

    place = directory or Path(cleanup.enter_context(TemporaryDirectory(prefix="masterx-", ignore_cleanup_errors=True)))
    parts = local.make(place / "stack", broker)
    cleanup.enter_context(parts)
    variables = {**local.exported(chosen), **local.environment(parts, test_provider=True)}
    chosen = local.settings_for(variables)
    local.make_topics(chosen)
    with connected(chosen, database=False) as client:
        migrate(client, chosen)
    workers = Workers(place / "workers", variables)
    cleanup.enter_context(workers)
    note(f"local stack up: broker {parts.broker} at {chosen.kafka_bootstrap}")
    return chosen, workers


def _named(chosen: "Settings", broker: str) -> "Settings":
    if broker in ("auto", chosen.broker):
        return chosen
    if broker in ("kafka", "pocket"):
        return chosen.model_copy(update={"broker": broker})
    if ":" not in broker:
        raise Failure(USAGE, f"--broker: {broker!r} is none: kafka, pocket or HOST:PORT")
    return chosen.model_copy(update={"broker": "kafka", "kafka_bootstrap": broker})


def _looking_after(workers: "Workers") -> "Callable[[], None]":
    def look() -> None:
        for worker in workers.ended:
            raise worker.end()

    return look


def _show(verdict: "Verdict", json: bool) -> None:
    import json as encoder

    for name in ("lost", "duplicated", "out_of_order"):
        ids = getattr(verdict, name)
        if ids:
            note(f"{name}: {', '.join(ids[:5])}{f' and {len(ids) - 5} more' if len(ids) > 5 else ''}")
    figures = verdict.figures()
    if json:
        out(encoder.dumps(figures))
        return
    for name, value in figures.items():
        out(f"{LABELS[name]:<24}{'-' if value is None else value}")
