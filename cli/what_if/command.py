"""`masterx what-if [FILE]`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.exits import BAD_RESULT, BAD_SETTING, NO_INPUT, USAGE, Failure
from cli.screen import note, out

if TYPE_CHECKING:
    from cli.what_if.difference import Fidelity
    from cli.what_if.recording import Recording
    from config.settings import Settings

FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"]
PROGRESS_STEPS = 2000


def what_if(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="YAML with what is to be otherwise; nothing unless given.")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=FORMATS, metavar="TIME", help="Look at messages from then on, UTC."),
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=FORMATS, metavar="TIME", help="Replay what came before, UTC.")
    ] = None,
    tenant: Annotated[str, typer.Option(help="Only the messages of this tenant's learners.")] = "",
    into: Annotated[
        str | None, typer.Option(metavar="DATABASE", help="The shadow tables' database; else the live one's, _what_if.")
    ] = None,
    ask: Annotated[
        int,
        typer.Option(
            min=0, metavar="N", help="Ask providers for up to N answers that the record lacks; at their price."
        ),
    ] = 0,
    drop: Annotated[bool, typer.Option("--drop", help="Drop the shadow tables at the end.")] = False,
    json: Annotated[bool, typer.Option("--json", help="End with one line of JSON.")] = False,
) -> None:
    """Replay recorded traffic through changed settings beside the live system, and print the difference.

    Nothing is written to topics or live tables, and no provider is called without --ask. Without FILE it only checks
    that the recorded events come out again as they were: exit code 1 where they do not.
    """
    from cli.clickhouse import connected
    from cli.what_if.changes import changed
    from cli.what_if.recording import fetch
    from cli.what_if.shadow import Shadow
    from config.settings import settings

    chosen = settings()
    window = _micros(since), _micros(until)
    if window[0] is not None and window[1] is not None and window[0] >= window[1]:
        raise Failure(USAGE, "--from must lie before --to")
    if file is not None:
        # Before anything is read: what is wrong with the file is said at once.
        changed(file, chosen, {})
    prefix = f"{tenant}/".encode()
    recording = fetch(chosen, window[1], lambda key: not tenant or key.startswith(prefix))
    if not any(window[0] is None or recording.messages[id_].at >= window[0] for id_ in recording.whole()):
        raise Failure(NO_INPUT, f"no answered message{f' of {tenant}' if tenant else ''} of that time in the topics")
    if file is None:
        found = _check(chosen, recording, window[0], json)
        raise typer.Exit(0 if found.exact else BAD_RESULT)
    with connected(chosen, seconds=600, database=False) as client:
        shadow = Shadow(client, chosen, into or f"{chosen.clickhouse_database}_what_if")
        shadow.check()
        _compare(file, chosen, recording, window[0], shadow, ask=ask, drop=drop, json=json)


def _check(chosen: "Settings", recording: "Recording", since: int | None, json: bool) -> "Fidelity":
    from cli.what_if.difference import Window, fidelity
    from cli.what_if.page import show_fidelity, show_gaps

    made, _ = _unchanged(chosen, recording)
    found = fidelity(recording, made, Window(since))
    show_gaps(recording)
    if json:
        _json({"unchanged": _figures(found)})
    else:
        show_fidelity(found)
    return found


def _compare(
    file: Path,
    chosen: "Settings",
    recording: "Recording",
    since: int | None,
    shadow: Any,
    *,
    ask: int,
    drop: bool,
    json: bool,
) -> None:
    import os

    from cli.what_if.asking import Asking
    from cli.what_if.changes import changed
    from cli.what_if.difference import Window, differences, fidelity, summary
    from cli.what_if.page import show_fidelity, show_gaps, show_summary
    from cli.what_if.run import Replay
    from cli.what_if.shadow import DIFFERENCES, records

    window = Window(since)
    before, (steps, encoder, models) = _unchanged(chosen, recording)
    exact = fidelity(recording, before, window)
    program = changed(file, chosen, models)
    progress = _said("with changes", len(steps))
    if ask:
        with Asking(program.entries, ask, os.environ) as asking:
            after = Replay(recording, steps, program, encoder, before.given(), progress, asking.ask).run()
        note(f"{asking.asked} answers were asked for, {asking.failed} were not given")
    else:
        after = Replay(recording, steps, program, encoder, before.given(), progress).run()
    found = differences(recording, before, after, window)
    numbers = summary(recording, before, after, found, window)
    count = shadow.write(records(recording, after, window), found)
    show_gaps(recording)
    if json:
        _json({"unchanged": _figures(exact), **numbers})
    else:
        show_fidelity(exact)
        show_summary(numbers)
    if drop:
        shadow.drop()
        note(f"{count} events were written to {shadow.name}, which is dropped again")
    else:
        note(f"{count} events are in {shadow.name}, {len(found)} differing fields in {shadow.name}.{DIFFERENCES}")


def _unchanged(chosen: "Settings", recording: "Recording") -> Any:
    """The replay with nothing changed, and what others need to follow it."""
    from cli.what_if.changes import unchanged
    from cli.what_if.run import Replay
    from cli.what_if.schedule import schedule
    from cli.what_if.stages.context import load_encoder

    models = {}
    for kept in recording.responses.values():
        response = kept.event
        if response["source"] == "PROVIDER":
            models[response["provider"]] = response["model"]
    program = unchanged(chosen, models)
    if strange := sorted(models.keys() - program.providers.keys()):
        raise Failure(
            BAD_SETTING,
            f"the records name the provider {strange[0]}, not declared here: set MASTERX_PROVIDERS_FILE to the "
            "file that the routing workers have",
        )
    steps, encoder = schedule(recording), load_encoder()
    progress = _said("with nothing changed", len(steps))
    return Replay(recording, steps, program, encoder, progress=progress).run(), (steps, encoder, models)


def _said(what: str, steps: int) -> Any:
    def progress(done: int) -> None:
        if done and done % PROGRESS_STEPS == 0:
            note(f"replaying {what}: {done} of {steps} steps")

    return progress


def _figures(found: "Fidelity") -> dict[str, Any]:
    return {
        "exact": found.exact,
        "events": dict(found.of),
        "same": {kind: found.same[kind] for kind in found.of},
        "fields": dict(found.fields),
    }


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.replace(tzinfo=UTC).timestamp() * 1_000_000)


def _json(numbers: dict[str, Any]) -> None:
    import orjson

    out(orjson.dumps(numbers, default=str).decode())
