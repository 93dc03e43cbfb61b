import csv
import gzip
from pathlib import Path

import pytest

from cli.replay.readers import statistics_cloze
from cli.replay.recorded import ReadError
from schemas.codec import decode, encode
from schemas.topics import ATTEMPTS


def rows_of(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", newline="") as text:
        return list(csv.DictReader(text))


def test_graded_rows_become_attempts_and_study_rows_do_not(cloze_file: Path) -> None:
    graded = [row for row in rows_of(cloze_file) if row["outcome"] != "STUDY"]
    reading = statistics_cloze.read(cloze_file)
    assert len(reading.events) == len(graded) == 125
    assert reading.left_out == ("25 rows that showed the answer and asked nothing",)
    for row, recorded in zip(graded, reading.events, strict=True):
        event = recorded.event
        assert recorded.topic is ATTEMPTS
        assert (event["learner_id"], event["concept_id"]) == (row["student_id"], row["concept_id"])
        assert event["correct"] is (row["outcome"] == "CORRECT")
        assert event["sent_at"] == int(row["epoch_ms"]) * 1000
        assert event["duration_ms"] == int(row["end_latency_ms"])
        assert event["answer"] == (None if row["end_reason"] == "timeout" else row["response"])
        assert decode("Attempt", encode("Attempt", event)) == event


def test_a_second_reading_makes_the_same_ids_and_each_row_its_own(cloze_file: Path) -> None:
    first = [recorded.event["event_id"] for recorded in statistics_cloze.read(cloze_file).events]
    again = [recorded.event["event_id"] for recorded in statistics_cloze.read(cloze_file).events]
    assert first == again
    assert len(set(first)) == len(first)


def test_rows_that_differ_in_nothing_keep_their_number(cloze_file: Path) -> None:
    lines = gzip.decompress(cloze_file.read_bytes()).decode().splitlines()
    graded = next(line for line in lines[1:] if ",CORRECT," in line)
    cloze_file.write_text("\n".join([lines[0], graded, graded]))
    ids = [recorded.event["event_id"] for recorded in statistics_cloze.read(cloze_file).events]
    assert len(set(ids)) == 2


def test_the_file_is_found_in_its_folder_and_in_the_folder_above(cloze_file: Path) -> None:
    direct = statistics_cloze.read(cloze_file)
    assert statistics_cloze.read(cloze_file.parent) == direct
    assert statistics_cloze.read(cloze_file.parent.parent) == direct


def test_another_file_is_refused_with_the_columns_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("epoch_ms,student_id\n1,a\n")
    with pytest.raises(ReadError, match="no column session_id, phase"):
        statistics_cloze.read(path)


@pytest.mark.parametrize(
    ("good", "bad"), [(",CORRECT,", ",PERHAPS,"), ("1440000009000,", "yesterday,"), ("1440000009000,", "9" * 18 + ",")]
)
def test_a_malformed_row_is_refused_with_its_line(cloze_file: Path, good: str, bad: str) -> None:
    text = gzip.decompress(cloze_file.read_bytes()).decode()
    assert good in text
    place = text[: text.index(good)].count("\n") + 1
    cloze_file.write_text(text.replace(good, bad, 1))
    with pytest.raises(ReadError, match=f"line {place}: not a graded row"):
        statistics_cloze.read(cloze_file)


def test_no_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        statistics_cloze.read(tmp_path / "nothing.csv")
    with pytest.raises(FileNotFoundError, match=r"events\.csv"):
        statistics_cloze.read(tmp_path)
