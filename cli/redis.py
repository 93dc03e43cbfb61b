"""`masterx redis acls`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.exits import BAD_RESULT, BAD_SETTING, OK, Failure
from cli.passwords import read
from cli.screen import note, out, table

if TYPE_CHECKING:
    from config.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Say who may do what in Redis or Valkey.")

SECONDS = 5.0


@app.callback()
def group() -> None:
    """A group, though it has one command so far."""


@app.command("acls")
def acls(
    passwords: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A file for each user, called as the user, with its password."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Compare with the server instead; exit code 1 where they differ.")
    ] = False,
) -> None:
    """Print what Redis's `aclfile` must hold for each app to do what it does, and no more.

    Passwords are in it as SHA-256 alone; a user that has none is off. --check needs the server's administrator.
    """
    from config.settings import settings
    from pipeline import redis_access

    chosen = settings()
    if not check:
        known = read(passwords, redis_access.planned())
        for line in redis_access.acl_file(known).splitlines():
            out(line)
        without = sorted(set(redis_access.planned()) - set(known))
        if without:
            note(f"no password for {', '.join(without)}: --passwords DIR names a folder with a file for each")
        note("add a line for whoever administers the server; core and sinks use no Redis")
        raise typer.Exit(OK)
    found = _differences(chosen)
    table(("user", "state"), [(user, "; ".join(what) or "as it should be") for user, what in found.items()])
    wrong = [user for user, what in found.items() if what]
    note(f"{len(found)} users, {len(wrong)} of them not as they should be")
    raise typer.Exit(BAD_RESULT if wrong else OK)


def _differences(chosen: "Settings") -> "dict[str, tuple[str, ...]]":
    from redis import exceptions

    from config.redis import shown, url
    from pipeline import redis_access
    from pipeline.redis_client import blocking

    try:
        client: Any = blocking(url(chosen), SECONDS)
        with client:
            return redis_access.differences(client)
    except exceptions.NoPermissionError as error:
        user = chosen.redis_user or "who does not log in"
        raise Failure(
            BAD_SETTING,
            f"Redis at {shown(chosen.redis_url)} tells {user} nothing of users: "
            "set MASTERX_REDIS_USER to its administrator",
        ) from error
