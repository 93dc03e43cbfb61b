"""Replays of small files through the whole pipeline: broker, three workers, ClickHouse, test provider."""

import csv
import gzip
import io
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.analytics.verify_report import compare
from cli import exits
from cli.workers import Workers
from local.stack import Stack
from tests.cli.conftest import Masterx
from tests.cli.test_up import environment

pytestmark = pytest.mark.kafka

NOTHING_WRONG = {"lost": 0, "duplicated": 0, "out_of_order": 0, "dead_lettered": 0}


@pytest.fixture(scope="module")
def pipeline(
    stack: Stack, services: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """The shared stack with a worker of each app."""
    variables = {**services, "MASTERX_LOCAL_PROVIDER_URL": stack.provider.base_url}
    with Workers(tmp_path_factory.mktemp("workers"), variables):
        yield variables


def replay(masterx: Masterx, pipeline: dict[str, str], *arguments: str) -> dict[str, float | None]:
    done = masterx("replay", *arguments, "--stack", "none", "--json", **pipeline)
    assert done.code == exits.OK, done.err
    figures = json.loads(done.out.splitlines()[-1])
    assert isinstance(figures, dict)
    return figures


def test_attempts_are_in_clickhouse_and_accuracy_in_sql_equals_the_files(
    masterx: Masterx, pipeline: dict[str, str], cloze_file: Path
) -> None:
    figures = replay(masterx, pipeline, "statistics-cloze", str(cloze_file))
    assert figures == {
        "sent": 125,
        "answered": 125,
        "answered_by_provider": 0,
        **NOTHING_WRONG,
        "p50_ms": None,
        "p99_ms": None,
    }
    graded: Counter[str] = Counter()
    right: Counter[str] = Counter()
    with gzip.open(cloze_file, "rt", newline="") as text:
        for row in csv.DictReader(text):
            if row["outcome"] != "STUDY":
                graded[row["concept_id"]] += 1
                right[row["concept_id"]] += row["outcome"] == "CORRECT"
    by_concept = (
        "SELECT concept_id, count() AS graded, countIf(correct) AS right FROM fact_attempts "
        "WHERE tenant_id = 'statistics-cloze' GROUP BY concept_id"
    )
    rows = csv.DictReader(io.StringIO(masterx("sql", by_concept, "-f", "csv", **pipeline).out))
    assert {row["concept_id"]: (int(row["graded"]), int(row["right"])) for row in rows} == {
        concept: (graded[concept], right[concept]) for concept in graded
    }
    report = masterx("report", "class", "--tenant", "statistics-cloze", "--json", **pipeline)
    assert report.code == exits.OK, report.err
    found = compare(json.loads(report.out), cloze_file)
    assert (found["unequal"], found["attempts"]) == (0, 125)
    assert found["numbers_checked"] == 184


@pytest.mark.parametrize(("name", "sent"), [("mathdial", 12), ("bridge", 4)])
def test_each_turn_of_a_student_is_answered_once_by_the_test_provider_and_again_it_adds_nothing(
    masterx: Masterx, pipeline: dict[str, str], mathdial_file: Path, bridge_file: Path, name: str, sent: int
) -> None:
    path = {"mathdial": mathdial_file, "bridge": bridge_file}[name]
    first = replay(masterx, pipeline, name, str(path))
    assert first.items() >= {"sent": sent, "answered": sent, "answered_by_provider": sent, **NOTHING_WRONG}.items()
    assert first["p50_ms"] is not None
    again = replay(masterx, pipeline, name, str(path))
    assert again.items() >= {"sent": sent, "answered": sent, "answered_by_provider": sent, **NOTHING_WRONG}.items()
    count = f"SELECT count() AS n FROM fact_responses WHERE tenant_id = '{name}'"
    assert masterx("sql", count, "-f", "csv", **pipeline).out == f'"n"\n{sent}\n'


def test_the_figures_are_printed_for_people_too(
    masterx: Masterx, pipeline: dict[str, str], mathdial_file: Path
) -> None:
    done = masterx("replay", "mathdial", str(mathdial_file), "--limit", "2", "--stack", "none", **pipeline)
    assert done.code == exits.OK
    assert [line.split() for line in done.out.splitlines()[:2]] == [["events", "sent", "2"], ["answered", "2"]]


def test_what_nobody_answers_is_lost_and_code_1(
    masterx: Masterx, services: dict[str, str], mathdial_file: Path
) -> None:
    lines = mathdial_file.read_text().replace("apples-", "alone-")
    mathdial_file.write_text(lines.splitlines()[0] + "\n")
    # Another database: whatever the workers of this file's other tests do, nothing of it is seen there.
    variables = {**services, "MASTERX_CLICKHOUSE_DATABASE": "cli_nobody"}
    masterx("migrate", **variables)
    done = masterx(
        "replay", "mathdial", str(mathdial_file), "--stack", "none", "--patience", "1", "--json", **variables
    )
    assert done.code == exits.BAD_RESULT
    assert json.loads(done.out)["lost"] == 2
    assert "lost: " in done.err


def test_an_empty_file_sends_nothing(masterx: Masterx, services: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").write_text("")
    done = masterx("replay", "bridge", str(tmp_path / "none.jsonl"), "--stack", "none", "--json", **services)
    assert (done.code, json.loads(done.out)["sent"]) == (exits.OK, 0)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("mathdial", "nothing.jsonl"), exits.NO_INPUT, "nothing.jsonl"),
        (("mathdail", "x"), exits.USAGE, "'mathdial'"),
        (("mathdial", "{file}", "--speed", "fast"), exits.USAGE, "60x"),
        (("mathdial", "{file}", "--limit", "0"), exits.USAGE, "--limit"),
        (("statistics-cloze", "{file}"), exits.BAD_INPUT, "no column epoch_ms"),
        (("bridge", "{file}"), exits.BAD_INPUT, "line 1: not a bridge excerpt"),
        (("mathdial", "{file}", "--stack", "none", "--broker", "rabbit"), exits.USAGE, "HOST:PORT"),
        (("mathdial", "{file}", "--broker", "rabbit"), exits.CANNOT_CREATE, "rabbit"),
    ],
)
def test_what_can_not_be_replayed_is_said(
    masterx: Masterx, mathdial_file: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = masterx("replay", *(word.format(file=mathdial_file) for word in arguments))
    assert done.code == code
    assert said in done.err.splitlines()[-1]
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "broken", [b"\xff\xfe\x00", gzip.compress(b"x" * 1000, mtime=0)[:-9], b"\x1f\x8b\x08" + bytes(40)]
)
@pytest.mark.parametrize("format", ["statistics-cloze", "mathdial"])
def test_a_file_of_other_bytes_or_cut_off_is_one_line_and_code_65(
    masterx: Masterx, tmp_path: Path, format: str, broken: bytes
) -> None:
    (tmp_path / "broken").write_bytes(broken)
    done = masterx("replay", format, str(tmp_path / "broken"))
    assert done.code == exits.BAD_INPUT
    assert f"not {format} data, or not all of it" in done.error


@pytest.mark.parametrize("stopped", ["MASTERX_KAFKA_BOOTSTRAP", "MASTERX_CLICKHOUSE_URL"])
def test_a_stopped_service_is_code_69(
    masterx: Masterx, services: dict[str, str], mathdial_file: Path, stopped: str
) -> None:
    variables = {name: value for name, value in services.items() if name != stopped}
    done = masterx("replay", "mathdial", str(mathdial_file), "--stack", "none", **variables)
    assert done.code == exits.UNAVAILABLE
    assert "Traceback" not in done.err


def test_it_starts_what_it_needs_and_leaves_nothing(tmp_path: Path, mathdial_file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "replay", "mathdial", str(mathdial_file), "--json", "--dir", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(),
    )
    assert done.returncode == exits.OK, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert (figures["answered_by_provider"], figures["lost"]) == (12, 0)
    assert [path for path in Path("/proc").glob("[0-9]*/cmdline") if str(tmp_path) in _read(path)] == []


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def test_a_message_that_is_refused_is_dead_lettered_and_not_lost(
    masterx: Masterx, pipeline: dict[str, str], tmp_path: Path
) -> None:
    turns = [{"role": "student", "text": text} for text in ("why?", "x" * 9000, "so?")]
    path = tmp_path / "long.jsonl"
    path.write_text(json.dumps({"dialogue_id": "long-winded", "turns": turns}))
    figures = replay(masterx, pipeline, "mathdial", str(path))
    assert (figures["sent"], figures["answered"], figures["dead_lettered"], figures["lost"]) == (3, 2, 1, 0)
    refused = masterx("dlq", "list", "messages", "--reason", "text_too_long", "--json", **pipeline)
    assert json.loads(refused.out.splitlines()[-1])["stage"] == "context"


def test_events_go_out_at_the_speed_asked_for_and_all_arrive(
    masterx: Masterx, pipeline: dict[str, str], bridge_file: Path
) -> None:
    bridge_file.write_text(bridge_file.read_text().replace('"c_id": "1', '"c_id": "2'))
    figures = replay(masterx, pipeline, "bridge", str(bridge_file), "--speed", "20/s")
    assert (figures["sent"], figures["answered"]) == (4, 4)
