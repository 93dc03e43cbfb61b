"""`masterx topics create|list|repartition`."""

from typing import Annotated

import typer

from cli.exits import BAD_RESULT, OK
from cli.screen import note, out, table

app = typer.Typer(
    no_args_is_help=True, help="Create the topics, list how they differ from the settings, give them more partitions."
)


@app.command("create")
def create() -> None:
    """Create the topics that are missing, dead-letter topics included."""
    from cli.kafka import require_broker
    from config.settings import settings
    from pipeline import admin

    chosen = settings()
    require_broker(chosen)
    created = admin.create(chosen)
    if chosen.broker == "pocket":
        note("the pocket broker makes topics on first use: nothing to create")
    for name in created:
        out(name)
    note(f"{len(created)} topics created, {len(admin.plans(chosen)) - len(created)} were there")


@app.command("list")
def show() -> None:
    """List the topics; exit code 1 when one is missing or differs from the settings."""
    from cli.kafka import require_broker
    from config.settings import settings
    from pipeline import admin

    require_broker(settings())
    standings = admin.standings(settings())
    rows = [
        (
            standing.plan.name,
            str(standing.partitions),
            standing.plan.config["cleanup.policy"],
            "; ".join(standing.differences) or "as set",
        )
        for standing in standings
    ]
    table(("topic", "partitions", "cleanup", "state"), rows)
    wrong = [standing for standing in standings if standing.differences]
    if wrong and settings().broker != "pocket":
        note(f"{len(wrong)} topics differ; 'masterx topics create' makes the missing ones")
        raise typer.Exit(BAD_RESULT)
    raise typer.Exit(OK)


@app.command("repartition")
def repartition(
    count: Annotated[
        int, typer.Argument(min=1, metavar="COUNT", help="Partitions of every learner topic from now on.")
    ],
) -> None:
    """Give every learner topic COUNT partitions and move what is kept of each learner to where it now belongs.

    Only with the workers stopped and nothing unread; see docs/runbooks/partitions.md.
    """
    from cli.repartition import repartition as move
    from config.settings import settings

    rows = [(moved.topic, str(moved.before), str(moved.after), str(moved.keys)) for moved in move(settings(), count)]
    table(("topic", "partitions before", "now", "keys moved"), rows, numeric=(False, True, True, True))
    note(f"set MASTERX_PARTITIONS={count} wherever it is set, then start the gateways and the workers")
