"""What is said to be tried next can be tried: the commands exist, and their options do."""

import shlex

import pytest
import typer

from cli.demo import advice
from cli.main import app

COMMANDS = typer.main.get_command(app)
ADVICE = [
    *advice.kept("8520c076-a33d-5c7f-bbe9-fa36878df7ff"),
    *advice.kept(None),
    *advice.ended(rehearsed=True, pocket=True),
    *advice.ended(rehearsed=False, pocket=False),
]


@pytest.mark.parametrize("command", sorted({command for command, _ in ADVICE}))
def test_each_command_is_one_of_ours(command: str) -> None:
    words = [word for word in shlex.split(command) if "=…" not in word]
    assert words.pop(0) == "masterx"
    if words == ["--help"]:
        return
    # Parsed, not run: a wrong option raises.
    with COMMANDS.make_context("masterx", list(words)) as context:
        name, found, rest = COMMANDS.resolve_command(context, words)  # type: ignore[attr-defined]
        assert found is not None
        found.make_context(name, rest, parent=context)


def test_a_message_to_explain_is_named_where_there_is_one() -> None:
    assert not any("explain" in command for command, _ in advice.kept(None))


def test_addresses_are_exported_for_a_shell() -> None:
    variables = {"MASTERX_BROKER": "kafka", "MASTERX_KAFKA_BOOTSTRAP": "127.0.0.1:1", "MASTERX_LOG_LEVEL": "ERROR"}
    assert advice.exports(variables) == ["export MASTERX_KAFKA_BOOTSTRAP=127.0.0.1:1", "export MASTERX_BROKER=kafka"]
