"""All commands, each under its name."""

from importlib import metadata
from typing import Annotated

import typer

from cli import gateway, grants, migrate, produce, redis, tail, topics, up, worker
from cli.capacity import command as capacity
from cli.demo import command as demo
from cli.dlq import command as dlq
from cli.doctor import command as doctor
from cli.explain import command as explain
from cli.forecast import command as forecast
from cli.learner import command as learner
from cli.policy import command as policy
from cli.replay import command as replay
from cli.report import command as report
from cli.sql import command as sql
from cli.trace import command as trace
from cli.what_if import command as what_if

app = typer.Typer(
    name="masterx",
    help="An adaptive tutor's event pipeline: run it, feed it, look into it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        print(f"masterx {metadata.version('masterx')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_tell_version)
    ] = False,
) -> None:
    pass


app.command()(demo.demo)
app.command()(up.up)
app.command()(worker.worker)
app.command()(gateway.gateway)
app.add_typer(topics.app, name="topics")
app.command()(migrate.migrate)
app.command()(grants.grants)
app.add_typer(redis.app, name="redis")
app.command()(doctor.doctor)
app.command()(replay.replay)
app.command()(what_if.what_if)
app.command()(produce.produce)
app.command()(tail.tail)
app.command()(sql.sql)
app.command()(explain.explain)
app.command()(trace.trace)
app.command()(capacity.capacity)
app.command()(forecast.forecast)
app.add_typer(report.app, name="report")
app.add_typer(dlq.app, name="dlq")
app.add_typer(learner.app, name="learner")
app.add_typer(policy.app, name="policy")
