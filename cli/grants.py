"""`masterx grants`."""

from pathlib import Path
from typing import Annotated

import typer

from cli.exits import OK
from cli.passwords import read
from cli.screen import note, out


def grants(
    passwords: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A file for each user, called as the user, with its password."),
    ] = None,
    tenant: Annotated[
        list[str] | None,
        typer.Option(metavar="TENANT", help="Make an analyst who sees this tenant alone; may be given again."),
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Run the statements, as ClickHouse's administrator.")] = False,
) -> None:
    """Print the SQL that lets each app's ClickHouse user do what its app does, and no more.

    The users are masterx-sinks, -gateway, -forecast, -analyst, -eraser and -migrator. Run it again after every
    migration: a view that was replaced is closed to its readers until then.
    """
    from cli.clickhouse import connected
    from config.settings import settings
    from sinks import access

    chosen, tenants = settings(), tuple(tenant or ())
    known = read(passwords, access.users(tenants))
    with connected(chosen) as client:
        there = access.known(client, chosen.clickhouse_database)
        for statement in access.statements(there, chosen, known, tenants):
            if apply:
                client.command(statement)
            else:
                out(f"{statement};")
    done = "applied" if apply else "printed: --apply runs them"
    note(f"rights of {len(access.ROLES) + len(tenants)} roles {done}")
    without = [user for user in access.users(tenants) if user not in known]
    if without:
        note(f"no password for {', '.join(without)}: --passwords DIR names a folder with a file for each")
    raise typer.Exit(OK)
