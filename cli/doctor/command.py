"""`masterx doctor`."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.exits import BAD_RESULT
from cli.screen import note, out

if TYPE_CHECKING:
    from cli.doctor.finding import Finding
    from config.settings import Settings


def doctor(
    security: Annotated[bool, typer.Option("--security", help="Say what is open instead.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Check what is installed, what answers, and what is missing, with the command that mends it.

    Exit code 1 when something is missing that masterx can't work without, or open with --security.
    """
    from cli.doctor.finding import State

    findings = _open() if security else _all()
    if json:
        import orjson

        for finding in findings:
            out(
                orjson.dumps(
                    {"part": finding.part, "state": finding.state, "detail": finding.detail, "mend": finding.mend}
                ).decode()
            )
    else:
        # Lines, not a table: a command that is to be copied must not be folded.
        for finding in findings:
            out(f"{finding.state:<8} {finding.part}: {finding.detail}")
            if finding.mend:
                out(f"{'':<8} -> {finding.mend}")
    missing = [finding for finding in findings if finding.state is State.missing]
    if missing:
        note(f"{len(missing)} parts are missing: {', '.join(finding.part for finding in missing)}")
        raise typer.Exit(BAD_RESULT)
    unlocked = [finding for finding in findings if finding.state is State.open]
    if unlocked:
        note(f"{len(unlocked)} are open: {', '.join(finding.part for finding in unlocked)}; see docs/threat-model.md")
        raise typer.Exit(BAD_RESULT)


def _open() -> "list[Finding]":
    import os

    from cli.doctor.security import check
    from config.settings import settings

    return check(settings(), os.environ)


def _all() -> "list[Finding]":
    import logging

    from config.settings import settings

    chosen = settings()
    # What the providers file logs about missing keys is a finding here.
    reader = logging.getLogger("config.providers")
    level = reader.level
    reader.setLevel(logging.ERROR)
    try:
        return _found(chosen)
    finally:
        reader.setLevel(level)


def _found(chosen: "Settings") -> "list[Finding]":
    from concurrent.futures import ThreadPoolExecutor

    from cli.doctor import machine, services

    with ThreadPoolExecutor(max_workers=4) as pool:
        broker = pool.submit(services.kafka, chosen)
        database = pool.submit(services.clickhouse, chosen)
        cache = pool.submit(services.redis, chosen)
        schemas = pool.submit(services.registry, chosen)
        return [
            *machine.check(),
            machine.directory(chosen.data_dir),
            *broker.result(),
            *database.result(),
            cache.result(),
            *schemas.result(),
            *services.providers(chosen),
        ]
