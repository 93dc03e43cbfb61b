"""The `masterx` command: one line of error for people, one exit code for scripts (see `cli.exits`)."""

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import Any

from cli import exits

# They start a system of their own: one that runs here already, its test provider above all, is none of theirs.
OF_THEIR_OWN = {"up", "demo"}


def run(arguments: Sequence[str]) -> int:
    """Run one command; the exit code. Errors are printed as one line on standard error."""
    try:
        code = _run(arguments)
    except KeyboardInterrupt:
        code = exits.INTERRUPTED
    if code == exits.INTERRUPTED:
        print("interrupted", file=sys.stderr)
    return code


def _run(arguments: Sequence[str]) -> int:
    # Here and not above: Ctrl-C while they are loaded, which takes a second on a busy machine, is heard as any other.
    from pathlib import Path

    import typer
    from typer.exceptions import TyperException

    from cli.commands import app
    from cli.errors import to_failure
    from cli.stack import adopt_running

    try:
        if not set(arguments[:1]) & OF_THEIR_OWN:
            _ = adopt_running() or adopt_running(Path(".masterx/demo/stack"))
        code = app(_spelled(arguments), prog_name="masterx", standalone_mode=False)
    except TyperException as error:
        return _wrong_usage(error)
    except typer.Abort:
        return exits.INTERRUPTED
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


def _wrong_usage(error: Any) -> int:
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
