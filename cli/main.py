"""The `masterx` command: one line of error for people, one exit code for scripts (see `cli.exits`)."""

import os
import sys
from collections.abc import Sequence
from importlib import metadata
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from cli import exits, gateway, grants, migrate, produce, redis, tail, topics, up, worker
from cli.capacity import command as capacity
from cli.demo import command as demo
from cli.dlq import command as dlq
from cli.doctor import command as doctor
from cli.errors import to_failure
from cli.explain import command as explain
from cli.forecast import command as forecast
from cli.learner import command as learner
from cli.policy import command as policy
from cli.replay import command as replay
from cli.report import command as report
from cli.sql import command as sql
from cli.stack import adopt_running
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


def run(arguments: Sequence[str]) -> int:
    """Run one command; the exit code. Errors are printed as one line on standard error."""
    try:
        _ = adopt_running() or adopt_running(Path(".masterx/demo/stack"))
        code = app(_spelled(arguments), prog_name="masterx", standalone_mode=False)
    except TyperException as error:
        return _wrong_usage(error)
    except (KeyboardInterrupt, typer.Abort):
        code = exits.INTERRUPTED
    except (BrokenPipeError, SystemExit) as error:
        # Typer makes an exit of a broken pipe.
        if isinstance(error, SystemExit) and not isinstance(error.__context__, BrokenPipeError):
            raise
        # The reader of our output (head, less) has gone: what it wanted, it has.
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - replaces the stream for the interpreter's end
        return exits.OK
    except Exception as error:
        if os.environ.get("MASTERX_LOG_LEVEL") == "DEBUG":
            raise
        failure = to_failure(error)
        print(f"masterx: {failure}", file=sys.stderr)
        return failure.code
    if code == exits.INTERRUPTED:  # Typer makes it of Ctrl-C too
        print("interrupted", file=sys.stderr)
    return code if isinstance(code, int) else exits.OK


def _spelled(arguments: Sequence[str]) -> list[str]:
    """The arguments, with `replay … --what-if FILE` as `what-if … FILE`: that replay takes no format and no path."""
    command, *rest = [*arguments] or [""]
    if command != "replay":
        return [*arguments]
    for at, word in enumerate(rest):
        option, _, file = word.partition("=")
        if option == "--what-if":
            return ["what-if", *rest[:at], *rest[at + 1 :], *([file] if file else [])]
    return [*arguments]


def _wrong_usage(error: TyperException) -> int:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "masterx"
    text = " ".join(error.format_message().split()).replace("Value error, ", "")
    if not text:  # a bare group has printed its help
        return exits.USAGE
    print(f"{path}: {text[:1].lower()}{text[1:].rstrip('.')}; see '{path} --help'", file=sys.stderr)
    return exits.USAGE


def main() -> None:
    """The console script."""
    if isinstance(sys.stdout, TextIOWrapper):
        # What the terminal's encoding lacks is shown by its code, as on standard error: learners write in any script.
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
