"""Commands run in this process against the shared stack, and recorded data in miniature.

The data is written for these tests, with the same columns and fields as the real files.
"""

import gzip
import io
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from cli.clickhouse import connected
from cli.main import run
from cli.stack import settings_for
from config.settings import settings
from local.ports import free_port
from local.stack import Stack
from pipeline import admin
from sinks.migrate import migrate

CLOZE_HEADER = (
    "epoch_ms,time_local,student_id,session_id,phase,trial_in_session,concept_id,concept,item_version,item,"
    "spacing_condition,outcome,response,correct_answer,end_reason,start_latency_ms,end_latency_ms,feedback_ms,duration_s"
)
CLOZE_CONCEPT = '"A sum, divided by a count, is a mean."'
OUTCOMES = ("CORRECT", "INCORRECT", "STUDY", "CORRECT", "CORRECT", "INCORRECT")


def cloze_row(trial: int, student: int) -> str:
    """One row; every sixth is a study trial, and a wrong answer of an odd trial is a time-out."""
    outcome = OUTCOMES[(trial + student) % len(OUTCOMES)]
    timed_out = outcome == "INCORRECT" and trial % 2 == 1
    latency = -1 if outcome == "STUDY" else 4000 + trial
    return (
        f"{1_440_000_000_000 + trial * 9_000 + student},2015-08-19 16:00:00,Learner_{student},"
        f'"Wed, 19 Aug 2015 set{student}",{"practice" if trial < 20 else "posttest"},{trial},{trial % 4},'
        f'{CLOZE_CONCEPT},{trial % 3},"A sum, divided by a ____, is a mean.",A_1,{outcome},'
        f"{'[timeout]' if timed_out else 'count'},count,{'timeout' if timed_out else 'keypress'},900,{latency},5000,12"
    )


@pytest.fixture
def cloze_file(tmp_path: Path) -> Path:
    """30 trials of 5 students in `statistics_cloze/events.csv.gz`, by time."""
    folder = tmp_path / "statistics_cloze"
    folder.mkdir()
    rows = [cloze_row(trial, student) for trial in range(1, 31) for student in range(5)]
    path = folder / "events.csv.gz"
    path.write_bytes(gzip.compress("\n".join([CLOZE_HEADER, *rows, ""]).encode()))
    return path


def dialogue(number: int, turns: int) -> dict[str, object]:
    """A dialogue that the teacher opens."""
    spoken = [
        {"role": "student", "text": f"I got {turn + number} apples, is that right?"}
        if turn % 2
        else {"role": "teacher", "act": "focus", "text": "How many apples are left?"}
        for turn in range(turns)
    ]
    return {"dialogue_id": f"apples-{number}", "qid": number, "question": "Apples?", "turns": spoken}


@pytest.fixture
def mathdial_file(tmp_path: Path) -> Path:
    """Six dialogues of four turns, two of them the student's, in `dialogues.jsonl`."""
    path = tmp_path / "dialogues.jsonl"
    path.write_text("".join(json.dumps(dialogue(n, 4)) + "\n" for n in range(6)))
    return path


def excerpt(session: int, first: int, texts: list[tuple[str, str]]) -> dict[str, object]:
    """An annotation of a chat from turn `first` on, one turn each ten seconds."""
    spoken = [
        {
            "id": first + place,
            "user": user,
            "text": text,
            "time": f"{(first + place) // 6:02}:{(first + place) % 6 * 10:02}",
        }
        for place, (user, text) in enumerate(texts)
    ]
    return {"c_id": f"{session}_{first}", "lesson_topic": "Halves", "c_h": spoken, "c_r": [], "e": "guess"}


@pytest.fixture
def bridge_file(tmp_path: Path) -> Path:
    """Two sessions; the first one's excerpts come in the wrong order, overlap and hold one turn without text."""
    late = excerpt(11, 8, [("tutor", "And a quarter?"), ("student", "one of four"), ("student", " ")])
    early = excerpt(
        11,
        5,
        [
            ("student", "one half"),
            ("tutor", "Good."),
            ("student", "thanks"),
            ("tutor", "And a quarter?"),
            ("student", "one of four"),
        ],
    )
    other = excerpt(12, 3, [("tutor", "Cut it in two."), ("student", "so 0.5\u2028or 1/2?")])
    path = tmp_path / "conversations.jsonl"
    path.write_text(
        "\n".join(json.dumps(line, ensure_ascii=False) for line in (late, early, other, early)), encoding="utf-8"
    )
    return path


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one line of error; fails when it is not exactly one, or a traceback."""
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        return lines[0]


class Masterx(Protocol):
    """Runs a command in this process."""

    def __call__(self, *arguments: str, stdin: str = "", **variables: str) -> Done: ...


@pytest.fixture
def masterx(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Masterx]:
    """`masterx(*arguments, stdin=…, MASTERX_X=…)`, in an empty folder; no service answers unless one is named."""
    nowhere = f"127.0.0.1:{free_port()}"
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "MASTERX_KAFKA_BOOTSTRAP": nowhere,
        "MASTERX_CLICKHOUSE_URL": f"http://{nowhere}",
        "MASTERX_REDIS_URL": f"redis://{nowhere}/0",
        "COLUMNS": "100",
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }.items():
        monkeypatch.setenv(name, value)

    def call(*arguments: str, stdin: str = "", **variables: str) -> Done:
        with monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            patch.setattr("sys.stdin", io.StringIO(stdin))
            settings.cache_clear()
            capsys.readouterr()
            code = run(arguments)
        shown = capsys.readouterr()
        return Done(code, shown.out, shown.err)

    yield call
    settings.cache_clear()


@pytest.fixture(scope="session")
def services(stack: Stack) -> dict[str, str]:
    """Variables for the shared stack, with the topics made and a database of these tests' own, migrated."""
    variables = {**stack.environment(), "MASTERX_CLICKHOUSE_DATABASE": "cli_tests"}
    chosen = settings_for(variables)
    admin.create(chosen)
    with connected(chosen, database=False) as client:
        migrate(client, chosen)
    return variables


@pytest.fixture
def learner() -> str:
    """A learner that no other test has, in a tenant of its own."""
    return f"tenant-{uuid.uuid4().hex[:8]}/ada"
