"""The prompt, typed at through a pipe instead of a keyboard."""

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from cli.clickhouse import connected
from cli.sql.ask import Shape
from cli.sql.prompt import converse, history_file
from cli.stack import settings_for
from tests.cli.conftest import Masterx

pytestmark = pytest.mark.stack


def typed(services: dict[str, str], text: str) -> None:
    chosen = settings_for(services)
    with (
        create_pipe_input() as keys,
        create_app_session(input=keys, output=DummyOutput()),
        connected(chosen) as client,
    ):
        keys.send_text(text)
        converse(client, chosen, Shape.csv)


def test_statements_are_answered_until_exit_and_mistakes_do_not_end_it(
    masterx: Masterx, services: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    typed(services, "SELECT 1 AS one;\nSELEC 2\n\nSELECT 3 AS three\nexit\nSELECT 4 AS four\n")
    shown = capsys.readouterr()
    assert shown.out == '"one"\n1\n"three"\n3\n'
    assert "says no" in shown.err
    assert "Traceback" not in shown.err


def test_the_end_of_input_ends_it(
    masterx: Masterx, services: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    typed(services, "\x04")
    assert capsys.readouterr().out == ""


def test_statements_are_kept_for_the_next_session(masterx: Masterx, services: dict[str, str]) -> None:
    typed(services, "SELECT 42\nexit\n")
    assert "+SELECT 42" in history_file().read_text()
