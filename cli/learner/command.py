"""`masterx learner show|export|erase [TENANT/]LEARNER`."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from cli.exits import BAD_RESULT, USAGE, Failure
from cli.finite import finite
from cli.learner.who import who
from cli.screen import note, out, table

if TYPE_CHECKING:
    from cli.learner.erase import Services
    from cli.learner.who import Who

MUTATION_SECONDS = 600.0

app = typer.Typer(no_args_is_help=True, help="See, take away or erase what is stored about one learner.")

Learner = Annotated[str, typer.Argument(metavar="[TENANT/]LEARNER", help="Who; the tenant is demo unless given.")]


@app.command("show")
def show(learner: Learner) -> None:
    """Print what is known about a learner, how surely, and what comes next."""
    import shutil
    from datetime import UTC, datetime

    from cli.clickhouse import connected
    from cli.learner import tables
    from cli.learner.page import page
    from config.settings import settings

    chosen = who(learner)
    with connected(settings()) as client:
        names = tables.holders(client)
        profile, activity = tables.profile(client, chosen), tables.activity(client, chosen)
        if profile is None and not activity["messages"]:
            found = tables.counts(client, names, chosen)
            if not any(count for name, count in found.items() if name != tables.RECORD):
                raise tables.absent(client, chosen)
    for line in page(str(chosen), profile, activity, datetime.now(UTC), shutil.get_terminal_size().columns):
        out(line)


@app.command("export")
def export(
    learner: Learner,
    file: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write here instead of to standard output.")
    ] = None,
) -> None:
    """Write everything that is stored about a learner as one JSON document."""
    from cli.clickhouse import connected
    from cli.learner import tables
    from cli.learner.document import write
    from config.settings import settings

    chosen = who(learner)
    with connected(settings()) as client:
        found = tables.counts(client, tables.holders(client), chosen)
        if not any(count for name, count in found.items() if name != tables.RECORD):
            raise tables.absent(client, chosen)
        if file is None:
            sys.stdout.flush()
            written = write(sys.stdout.write, client, chosen, found, note)
            sys.stdout.flush()
        else:
            with _private(file) as opened:
                written = write(opened.write, client, chosen, found, note)
    note(f"{written} rows of {chosen}{f' in {file}' if file else ''}")


@app.command("erase")
def erase(
    learner: Learner,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    wait: Annotated[
        float,
        typer.Option(
            min=0,
            max=86_400,
            callback=finite,
            metavar="SECONDS",
            help="How long a worker may stand still before it is given up.",
        ),
    ] = 60.0,
    requested_by: Annotated[str, typer.Option(help="Who asked, for the record.")] = "masterx learner erase",
    reason: Annotated[str | None, typer.Option(help="Why, for the record.")] = None,
) -> None:
    """Erase a learner from every state, topic, table and cache, and prove it.

    The workers must run: each forgets what it keeps. Without proof the exit code is 1.
    """
    import shutil
    import textwrap

    from cli.learner.erase import erase as forget
    from cli.learner.proof import HEADINGS, remains

    chosen = who(learner)
    with _services(chosen) as services:
        before = services.found(chosen)
        if not sum(before.values()):
            note(f"nothing is stored about {chosen} so far: is the name right?")
        if not yes:
            _ask(chosen, before)
        proof = forget(services, chosen, before, requested_by=requested_by, reason=reason, patience=wait, tell=note)
        requests = services.requests(chosen)
    table(
        HEADINGS,
        [(one.place, str(one.before), str(one.after)) for one in proof.findings],
        numeric=(False, True, True),
    )
    columns = max(shutil.get_terminal_size().columns, 10)
    for line in remains(services.settings.retention_hours, requests):
        out(textwrap.fill(line, columns))
    for line in proof.problems():
        note(f"masterx: {line}")
    if not proof.holds:
        raise typer.Exit(BAD_RESULT)
    note(f"{chosen} is erased: nothing was found in {len(proof.findings)} places")


def _private(file: Path) -> TextIO:
    """The file, emptied: somebody's life at school, for nobody's eyes but the caller's. Raises `OSError`."""
    # Not emptied as it is opened: whoever may not narrow an older file's mode shall not have lost what was in it.
    opened = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        if stat.S_ISREG(os.fstat(opened).st_mode):
            os.fchmod(opened, 0o600)
            os.ftruncate(opened, 0)
        return os.fdopen(opened, "w", encoding="utf-8")
    except BaseException:
        os.close(opened)
        raise


def _ask(chosen: "Who", before: dict[str, int]) -> None:
    places = sum(1 for count in before.values() if count)
    question = f"Erase {chosen} for good: {sum(before.values())} entries in {places} places?"
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline() if sys.stdin is not None else ""
    if not answer:
        note("")
        raise Failure(USAGE, "no answer, nothing was erased: --yes asks nothing")
    if answer.strip().lower() not in ("y", "yes"):
        note("nothing was erased")
        raise typer.Exit(BAD_RESULT)


@contextmanager
def _services(chosen: "Who") -> "Iterator[Services]":
    """Everything there is to look into, and all of it answers: half an erasure helps nobody. Raises `Failure`."""
    from cli.clickhouse import connected
    from cli.kafka import partition_count, reader
    from cli.learner import cache
    from cli.learner.erase import Services, watched
    from config.settings import settings
    from schemas.topics import ERASURES

    consumer = reader(settings())
    try:
        partition = chosen.partition(partition_count(consumer, settings(), ERASURES.name))
        with cache.client(settings()) as redis, connected(settings(), seconds=MUTATION_SECONDS) as client:
            yield Services(settings(), client, redis, watched(consumer, chosen, partition), partition)
    finally:
        consumer.close()
