"""`masterx demo`."""

import time
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.demo.signals import first_interrupts
from cli.finite import finite


class Broker(StrEnum):
    """The brokers that the demo can start."""

    auto = "auto"
    kafka = "kafka"
    pocket = "pocket"


def demo(
    seconds: Annotated[
        float, typer.Option(min=5, max=3600, callback=finite, help="How long the class is at work.")
    ] = 45.0,
    learners: Annotated[
        int | None, typer.Option(min=1, max=500, metavar="N", help="30 unless given; 8 where a real provider answers.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed makes the same class.")] = 1,
    broker: Annotated[
        Broker, typer.Option(metavar="auto|kafka|pocket", help="auto takes Apache Kafka where it can run.")
    ] = Broker.auto,
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything running until Ctrl-C.")] = False,
    screens: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Save pictures of the screen there, as SVG.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="End with one line of JSON.")] = False,
) -> None:
    """Show the whole pipeline at work on a simulated class; no key and no network needed.

    Exit code 1 when something was not answered, lost, twice or out of order.
    """
    began = time.monotonic()
    from cli.demo.run import Options, run

    with ExitStack() as cleanup:
        cleanup.enter_context(first_interrupts())
        code = run(Options(began, seconds, learners, seed, broker.value, keep, screens, json), cleanup)
    raise typer.Exit(code)
