"""What is said to be tried next can be tried: the commands exist, and their options do."""

import shlex
from pathlib import Path

import pytest
import typer

from cli.commands import app
from cli.demo import advice
from cli.demo.run import activation

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


def test_a_shell_that_does_not_know_masterx_is_told_how(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = tmp_path / ".venv" / "bin" / "activate"
    script.parent.mkdir(parents=True)
    script.touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.prefix", str(tmp_path / ".venv"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert advice.on_the_path(activation())[0][0] == ". .venv/bin/activate"
    (script.parent / "masterx").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(script.parent))
    assert advice.on_the_path(activation()) == []
