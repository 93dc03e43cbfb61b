"""`masterx topics create|list|acls|repartition`."""

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from cli.exits import BAD_RESULT, BAD_SETTING, OK, Failure
from cli.screen import note, out, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    help="Create the topics, list how they differ from the settings, say who may use them, give them more partitions.",
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
        return
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


@app.command("acls")
def acls(
    check: Annotated[bool, typer.Option("--check", help="Compare only; exit code 1 where they differ.")] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Take rights away that no app needs.")] = False,
) -> None:
    """Let each app's Kafka user read and write what its app reads and writes, and no more.

    The users are masterx-core, masterx-routing, masterx-sinks and masterx-gateway; whoever administers the broker
    makes them. This command needs the broker's administrator.
    """
    from cli.kafka import require_broker
    from config.settings import settings
    from pipeline import access

    chosen = settings()
    require_broker(chosen)
    if chosen.broker == "pocket":
        raise Failure(BAD_SETTING, "the pocket broker checks no rights: this needs Apache Kafka")
    with _rights_are_checked(chosen):
        wanted, there = set(access.planned()), set(access.standing(chosen))
        if check and not there and not access.checks_rights(chosen):
            raise _unchecked(chosen)
        missing, surplus = sorted(wanted - there), sorted(there - wanted)
        if not check:
            access.grant(chosen, missing)
            if prune:
                access.revoke(chosen, surplus)
    states = {**dict.fromkeys(wanted & there, "given"), **dict.fromkeys(missing, "missing" if check else "given now")}
    states |= dict.fromkeys(surplus, "taken away" if prune and not check else "not needed")
    rows: dict[tuple[str, str, str, str], list[str]] = {}
    for right in sorted(states):
        name = f"{right.name}*" if right.prefix else right.name
        rows.setdefault((right.user, right.kind.lower(), name, states[right]), []).append(right.operation.lower())
    table(
        ("user", "on", "name", "may", "state"),
        [(user, kind, name, ", ".join(may), state) for (user, kind, name, state), may in rows.items()],
    )
    note(f"{len(wanted)} rights, {len(missing)} of them {'missing' if check else 'new'}, {len(surplus)} not needed")
    if surplus and not prune:
        note("'masterx topics acls --prune' takes away what is not needed")
    raise typer.Exit(BAD_RESULT if check and (missing or surplus) else OK)


@contextmanager
def _rights_are_checked(chosen: "Settings") -> "Iterator[None]":
    """Raises `Failure` where the broker has no use for rights. Some say so only when they are to be given some."""
    from confluent_kafka import KafkaError, KafkaException

    try:
        yield
    except KafkaException as error:
        if error.args[0].code() == KafkaError.SECURITY_DISABLED:
            raise _unchecked(chosen) from error
        raise


def _unchecked(chosen: "Settings") -> Failure:
    return Failure(
        BAD_SETTING, f"Kafka at {chosen.kafka_bootstrap} checks no rights: set authorizer.class.name on the broker"
    )


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
