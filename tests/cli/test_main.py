import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.exceptions import TyperException

from cli import exits
from cli.commands import app
from tests.cli.conftest import Masterx

ROOT = Path(__file__).parents[2]

# Each command with arguments that are well-formed, and need the named service.
NEED_KAFKA = (
    ("topics", "create"),
    ("topics", "list"),
    ("topics", "acls"),
    ("topics", "repartition", "16"),
    ("produce", "messages", "--learner", "ada", "--text", "hello"),
    ("tail", "messages", "--no-follow"),
    ("dlq", "list"),
    ("dlq", "show", "messages/0/0"),
    ("dlq", "repair", "messages/0/0"),
    ("dlq", "replay", "--all"),
    ("what-if",),
    ("worker", "core"),
    ("learner", "erase", "ada", "--yes"),
)
NEED_CLICKHOUSE = (
    ("migrate",),
    ("grants",),
    ("sql", "SELECT 1"),
    ("explain", "6f0d6f9e-3a86-4a62-9b7c-0b3f1f1e2d3c"),
    ("learner", "show", "ada"),
    ("learner", "export", "ada"),
    ("report", "class", "--json"),
    ("report", "segments", "--json"),
    ("report", "learner", "ada", "--json"),
    ("report", "providers", "--json"),
    ("report", "experiment", "none", "--json"),
    ("policy", "evaluate"),
    ("forecast",),
    ("forecast", "--store"),
    ("forecast", "--scores"),
)
NEED_NEITHER = (
    ("replay", "mathdial", "nothing"),
    ("up",),
    ("demo",),
    ("doctor",),
    ("redis", "acls"),
    ("gateway",),
    ("trace", "6f0d6f9e-3a86-4a62-9b7c-0b3f1f1e2d3c"),
    ("capacity", "--learners", "5", "--messages-per-day", "5"),
)
COMMANDS = (*NEED_KAFKA, *NEED_CLICKHOUSE, *NEED_NEITHER)


def test_no_command_is_left_out_here() -> None:
    def names(command: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
        below = getattr(command, "commands", None)
        return [path] if below is None else [n for key, each in below.items() for n in names(each, (*path, key))]

    every = names(typer.main.get_command(app))
    assert [name for name in every if not any(called[: len(name)] == name for called in COMMANDS)] == []


@pytest.mark.parametrize("arguments", NEED_KAFKA, ids=" ".join)
def test_a_stopped_broker_is_one_line_and_code_69(masterx: Masterx, arguments: tuple[str, ...]) -> None:
    done = masterx(*arguments)
    assert done.code == exits.UNAVAILABLE
    assert "no" in done.error
    assert "masterx up" in done.error


@pytest.mark.parametrize("arguments", NEED_CLICKHOUSE, ids=" ".join)
def test_a_stopped_clickhouse_is_one_line_and_code_69(masterx: Masterx, arguments: tuple[str, ...]) -> None:
    done = masterx(*arguments)
    assert done.code == exits.UNAVAILABLE
    assert "masterx up" in done.error


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_wrong_option_is_one_line_and_code_2(masterx: Masterx, arguments: tuple[str, ...]) -> None:
    done = masterx(*arguments, "--no-such-option")
    assert done.code == exits.USAGE
    assert "no such option: --no-such-option" in done.error
    assert "--help" in done.error


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_wrong_setting_is_one_line_and_code_78(masterx: Masterx, arguments: tuple[str, ...]) -> None:
    done = masterx(*arguments, MASTERX_PARTITIONS="many")
    assert done.code == exits.BAD_SETTING
    assert "MASTERX_PARTITIONS='many'" in done.error


@pytest.mark.parametrize(
    ("arguments", "right"),
    [
        (("replay", "mathdial", "x", "--limt", "3"), "--limit"),
        (("tail", "--from-strat"), "--from-start"),
        (("topcis", "list"), "topics"),
        (("dlq", "lst"), "list"),
        (("produce", "mesages"), "messages"),
        (("tail", "respones"), "responses"),
        (("worker", "routng"), "routing"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
def test_what_is_mistyped_is_named_rightly(masterx: Masterx, arguments: tuple[str, ...], right: str) -> None:
    done = masterx(*arguments)
    assert done.code == exits.USAGE
    assert right in done.error


def test_no_option_takes_a_number_that_can_not_be_counted_with() -> None:
    def refusal(command: Any, option: Any, given: str) -> str:
        try:
            option.process_value(typer.Context(command), given)
        except TyperException as error:
            return error.format_message()
        return ""

    def options(command: Any) -> list[tuple[Any, Any]]:
        below = [each for inner in getattr(command, "commands", {}).values() for each in options(inner)]
        return [*below, *((command, option) for option in command.params)]

    floats = [pair for pair in options(typer.main.get_command(app)) if "valid number" in refusal(*pair, "x")]
    assert len(floats) > 10
    for command, option in floats:
        for given in ("nan", "inf", "-inf", "1e300"):
            assert refusal(command, option, given), f"{command.name} {option.opts[0]} {given}"


@pytest.mark.parametrize("process", [("worker", "core"), ("gateway", "--port", "0")])
@pytest.mark.parametrize("file", ["nowhere/ready", "."])
def test_a_ready_file_that_can_not_be_written_is_said_before_anything_begins(
    masterx: Masterx, process: tuple[str, ...], file: str
) -> None:
    done = masterx(*process, "--ready-file", file)
    assert done.code == exits.CANNOT_CREATE
    assert "can't be written" in done.error


@pytest.mark.parametrize("address", ["nowhere", "host:port", ""])
def test_a_bootstrap_address_that_is_none_is_a_wrong_setting(masterx: Masterx, address: str) -> None:
    done = masterx("topics", "list", MASTERX_KAFKA_BOOTSTRAP=address)
    assert done.code == exits.BAD_SETTING
    assert "MASTERX_KAFKA_BOOTSTRAP" in done.error


def test_a_clickhouse_address_that_is_none_is_a_wrong_setting(masterx: Masterx) -> None:
    done = masterx("sql", "SELECT 1", MASTERX_CLICKHOUSE_URL="ftp://there")
    assert done.code == exits.BAD_SETTING
    assert "MASTERX_CLICKHOUSE_URL" in done.error


@pytest.mark.parametrize("password", ["sesame", "sesame/open", "sesame?", "ses#sesame", "sesame\u2100"])
def test_an_address_is_refused_without_its_login(masterx: Masterx, password: str) -> None:
    done = masterx("sql", "SELECT 1", MASTERX_REDIS_URL=f"redis://me:{password}@host:port/0")
    assert done.code == exits.BAD_SETTING
    assert "MASTERX_REDIS_URL='redis://host:port/0': no address" in done.error
    assert "sesame" not in done.error


@pytest.mark.parametrize("arguments", [("doctor",), ("up", "--broker", "pocket"), ("demo",)], ids=" ".join)
def test_a_secret_that_is_no_text_is_one_line_and_code_78(
    masterx: Masterx, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "groq_api_key").write_bytes(b"\xff\xfe")
    done = masterx(*arguments, MASTERX_SECRETS_DIR=str(tmp_path))
    assert done.code == exits.BAD_SETTING
    assert done.error == f"masterx: the secret {tmp_path}/groq_api_key is not in UTF-8"


def test_settings_that_are_no_text_are_one_line_and_code_78(masterx: Masterx, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"MASTERX_KAFKA_USER=J\xfcrgen")
    done = masterx("topics", "list")
    assert done.code == exits.BAD_SETTING
    assert ".env is not in UTF-8" in done.error


@pytest.mark.parametrize("arguments", [(), ("topics",), ("dlq",)], ids=["masterx", "topics", "dlq"])
def test_without_a_command_it_prints_the_help(masterx: Masterx, arguments: tuple[str, ...]) -> None:
    done = masterx(*arguments)
    assert done.code == exits.USAGE
    assert "Usage: masterx" in done.out
    assert done.err == ""


def test_it_tells_its_version(masterx: Masterx) -> None:
    done = masterx("--version")
    assert (done.code, done.err) == (exits.OK, "")
    assert done.out == f"masterx {version('masterx')}\n"


@pytest.mark.parametrize("columns", ["30", "200"])
def test_the_help_fits_any_terminal(masterx: Masterx, columns: str) -> None:
    done = masterx("--help", COLUMNS=columns)
    assert done.code == exits.OK
    for name in ("up", "worker", "topics", "migrate", "doctor", "replay", "produce", "tail", "sql", "explain", "dlq"):
        assert name in done.out
    assert max(len(line) for line in done.out.splitlines()) <= int(columns)


def test_importing_the_commands_loads_no_client_library() -> None:
    heavy = "{'confluent_kafka', 'clickhouse_connect', 'faust', 'litellm', 'redis', 'chdb', 'onnxruntime', 'numpy'}"
    code = f"import sys, cli.commands; sys.exit(', '.join({heavy} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("spelled", [("--what-if", "no-such.yaml"), ("--what-if=no-such.yaml",)])
def test_a_replay_with_changes_is_spelled_either_way(masterx: Masterx, spelled: tuple[str, ...]) -> None:
    window = ("--from", "2026-11-02", "--to", "2026-11-03")
    by_replay = masterx("replay", *window, *spelled)
    by_name = masterx("what-if", *window, "no-such.yaml")
    assert (by_replay.code, by_replay.error) == (by_name.code, by_name.error)
    assert "no-such.yaml" in by_replay.error


def test_ctrl_c_while_the_program_is_loaded_is_heard_as_at_any_other_moment(tmp_path: Path) -> None:
    # Loaded in place of the real one, which the commands import: the moment does not hang on how fast the machine is.
    (tmp_path / "typer.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nsignal.pause()\n")
    command = [sys.executable, "-m", "cli.main", "up"]
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    done = subprocess.run(command, capture_output=True, text=True, env=variables, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (exits.INTERRUPTED, "", "interrupted\n")


@pytest.mark.parametrize(("command", "adopts"), [("up", False), ("demo", False), ("worker", True)])
def test_who_starts_a_system_of_their_own_takes_nothing_of_one_that_runs(
    masterx: Masterx, monkeypatch: pytest.MonkeyPatch, command: str, adopts: bool
) -> None:
    looked: list[tuple[Path, ...]] = []

    def look(*place: Path) -> bool:
        looked.append(place)
        return True

    monkeypatch.setattr("cli.stack.adopt_running", look)
    assert masterx(command, "--no-such-option").code == exits.USAGE
    assert bool(looked) == adopts


def test_a_reader_that_has_gone_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "cli.main", "capacity", "--learners", "10"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert (done.returncode, done.stderr) == (exits.OK, "")


def test_what_the_output_s_encoding_lacks_is_no_error(tmp_path: Path) -> None:
    variables = {**os.environ, "PYTHONIOENCODING": "latin-1", "MASTERX_DATA_DIR": "für-\u4e2d"}
    command = [sys.executable, "-m", "cli.main", "doctor"]
    done = subprocess.run(command, capture_output=True, env={**variables, "PYTHONPATH": str(ROOT)}, cwd=tmp_path)
    assert done.returncode in (exits.OK, exits.BAD_RESULT), done.stderr
    assert b"f\xfcr-\\u4e2d" in done.stdout
