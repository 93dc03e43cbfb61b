"""Learners filling one missing word in sentences about statistics: graded attempts with their real times."""

import csv
from collections import Counter
from pathlib import Path

from cli.replay.recorded import ReadError, Reading, Recorded, by_time, locate, open_text
from schemas.ids import derived
from schemas.topics import ATTEMPTS

NAME = "statistics-cloze"
COLUMNS = (
    "epoch_ms",
    "student_id",
    "session_id",
    "phase",
    "trial_in_session",
    "concept_id",
    "item_version",
    "outcome",
    "response",
    "end_latency_ms",
)
CORRECT = {"CORRECT": True, "INCORRECT": False}
TIMED_OUT = "[timeout]"
LAST_EPOCH_MS = 253_402_300_799_999


def read(path: Path) -> Reading:
    """The graded rows of `events.csv[.gz]` as Attempts; rows where the answer was only shown are left out.

    Raises `ReadError` where a row is not of the format, `OSError` where the file can't be read.
    """
    path = locate(path, "statistics_cloze", "events.csv")
    events: list[Recorded] = []
    study = 0
    repeats: Counter[str] = Counter()
    with open_text(path) as text:
        rows = csv.DictReader(text)
        missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            raise ReadError(f"{path}: not {NAME} data: no column {', '.join(missing)}")
        for row in rows:
            if row["outcome"] == "STUDY":
                study += 1
                continue
            try:
                event = _attempt(row, repeats)
            except (KeyError, TypeError, ValueError) as error:
                raise ReadError(f"{path}, line {rows.line_num}: not a graded row: {error!r}") from error
            events.append(Recorded(ATTEMPTS, event))
    left_out = (f"{study} rows that showed the answer and asked nothing",) if study else ()
    return Reading(by_time(events), left_out)


def _attempt(row: dict[str, str], repeats: Counter[str]) -> dict[str, object]:
    epoch_ms = int(row["epoch_ms"])
    if not 0 <= epoch_ms <= LAST_EPOCH_MS:
        raise ValueError(f"epoch_ms {epoch_ms} lies outside the years 1970 to 9999")
    student, session = row["student_id"], row["session_id"]
    source = f"{NAME}/{student}/{session}/{row['phase']}/{row['trial_in_session']}/{epoch_ms}"
    repeats[source] += 1
    latency = int(row["end_latency_ms"])
    return {
        "event_id": derived(source, "attempt", str(repeats[source])),
        "tenant_id": NAME,
        "learner_id": student,
        "session_id": derived(f"{NAME}/{student}/{session}", "session"),
        "course_id": NAME,
        "sent_at": epoch_ms * 1000,
        "message_id": None,
        "concept_id": row["concept_id"],
        "item_id": f"{row['concept_id']}/{row['item_version']}",
        "correct": CORRECT[row["outcome"]],
        "duration_ms": latency if latency >= 0 else None,
        "hints_used": 0,
        "answer": None if row["response"] == TIMED_OUT else row["response"],
    }
