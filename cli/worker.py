"""`masterx worker core|routing|sinks`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.exits import BAD_SETTING, CANNOT_CREATE, UNAVAILABLE, Failure
from cli.ready_file import require


class App(StrEnum):
    """The three apps, each a consumer group of its own."""

    core = "core"
    routing = "routing"
    sinks = "sinks"


def worker(
    app: Annotated[App, typer.Argument(metavar="core|routing|sinks", help="Which app to run.")],
    accept_poison: Annotated[bool, typer.Option(help="Go on though most records are refused.")] = False,
    ready_file: Annotated[
        Path | None, typer.Option(help="Write this process's id here once partitions are assigned.")
    ] = None,
) -> None:
    """Run one worker until SIGTERM or Ctrl-C. Any number of each app may run."""
    import os

    from cli import apps
    from cli.kafka import require_broker
    from config.providers import ProvidersError
    from config.settings import settings
    from pipeline.worker import DirectoryError, WorkerError, run

    require(ready_file)
    chosen = settings()
    if accept_poison:
        chosen = chosen.model_copy(update={"accept_poison": True})

    if chosen.broker == "pocket":
        # It forgets everything when it ends, and comes back at another address: tables of an earlier one would be
        # ahead of their changelogs.
        place = Path(chosen.data_dir) / chosen.kafka_bootstrap.replace(":", "-").replace(",", "+")
        chosen = chosen.model_copy(update={"data_dir": str(place)})
    # Before the models are loaded: a broker that is away is known at once.
    require_broker(chosen)

    def ready() -> None:
        if ready_file is not None:
            ready_file.write_text(str(os.getpid()))

    try:
        code = run(app.value, apps.stages(app.value, chosen), chosen, check=apps.check(chosen), ready=ready)
    except ProvidersError as error:
        raise Failure(BAD_SETTING, str(error)) from error
    except DirectoryError as error:
        raise Failure(CANNOT_CREATE, str(error)) from error
    except WorkerError as error:
        raise Failure(UNAVAILABLE, str(error)) from error
    raise typer.Exit(code)
