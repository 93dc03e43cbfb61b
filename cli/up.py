"""`masterx up`."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.interrupts import as_interrupt
from cli.screen import note, out
from cli.stack import DIRECTORY

if TYPE_CHECKING:
    from cli.workers import Workers

LOOK_EVERY_SECONDS = 1.0
# Addresses, and how to log in but for the password.
PRINTED = ("_BOOTSTRAP", "_URL", "_PROTOCOL", "_MECHANISM", "_KAFKA_USER", "_REDIS_USER", "_CA_FILE")


def up(
    workers: Annotated[bool, typer.Option("--workers", help="Run one worker of each app too.")] = False,
    broker: Annotated[
        str, typer.Option(metavar="kafka|pocket|HOST:PORT", help="The broker; auto takes Kafka where it can run.")
    ] = "auto",
    directory: Annotated[Path, typer.Option("--dir", help="Where all data and logs go.")] = Path(DIRECTORY),
    kafka_port: Annotated[int | None, typer.Option(min=1, max=65535, help="Else a free one.")] = None,
    clickhouse_port: Annotated[int | None, typer.Option(min=1, max=65535, help="Else a free one.")] = None,
    redis_port: Annotated[int | None, typer.Option(min=1, max=65535, help="Else a free one.")] = None,
    secure: Annotated[
        bool, typer.Option("--secure", help="TLS and passwords, and a user of limited rights for each app.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the addresses as one JSON object.")] = False,
) -> None:
    """Start broker, ClickHouse and Valkey on this machine, with topics and tables; run until Ctrl-C.

    Other masterx commands in this folder find the stack by themselves. Where no declared provider has its key and
    address in the environment, the test provider answers.
    """
    import json as encoder
    import os

    from cli import stack as local
    from cli.clickhouse import connected
    from cli.providers import callable_providers
    from cli.workers import Workers
    from config.settings import settings
    from pipeline import access, redis_access
    from sinks.migrate import migrate

    chosen = settings()
    real = callable_providers(chosen.providers_file, os.environ)
    wanted = {"kafka": kafka_port, "clickhouse": clickhouse_port, "valkey": redis_port}
    with ExitStack() as cleanup:
        cleanup.enter_context(as_interrupt())
        users = {app: access.user_of(app) for app in access.PRINCIPALS} if secure else {}
        ports = {name: port for name, port in wanted.items() if port is not None}
        parts = local.make(directory, broker, ports, tuple(users.values()), redis_access.planned() if secure else None)
        local.fetch_jars(parts)
        cleanup.enter_context(parts)
        note("broker, ClickHouse and Valkey answer; making topics and tables")
        variables = {**local.exported(chosen), **local.environment(parts, test_provider=not real)}
        chosen = local.settings_for(variables)
        local.make_topics(chosen)
        if secure:
            access.grant(chosen, access.planned())
        with connected(chosen, database=False) as client:
            migrate(client, chosen)
        running: Workers | None = None
        own = {app: parts.credentials(user) for app, user in users.items()}
        if workers:
            if real:
                note(f"{', '.join(real)} will answer, at the usual price")
            else:
                note("no declared provider can be called: the test provider answers, with canned words")
            note("starting the workers: core, routing, sinks")
            running = cleanup.enter_context(Workers(directory / "workers", variables, own=own))
        addresses = {
            name: value
            for name, value in variables.items()
            if name.endswith(PRINTED) and value and (secure or not name.endswith("_PROTOCOL"))
        }
        if json:
            out(encoder.dumps(addresses))
        else:
            for name, value in addresses.items():
                out(f"export {name}={value}")
            if secure:
                note(f"each app's Kafka user and password: {directory}/kafka/security/passwords.json")
                note(f"those of Redis: {directory}/valkey/security/passwords.json")
            note(f"ready{' with workers' if workers else ''}; logs are in {directory}; Ctrl-C ends it")
        _wait(running)


def _wait(workers: "Workers | None") -> None:
    """Until a signal; says so when a worker ends by itself."""
    import time

    said: set[str] = set()
    try:
        while True:
            time.sleep(LOOK_EVERY_SECONDS)
            for worker in workers.ended if workers is not None else ():
                if worker.name not in said:
                    said.add(worker.name)
                    note(str(worker.end()))
    except KeyboardInterrupt:
        note("stopping")
