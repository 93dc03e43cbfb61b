import gzip
from pathlib import Path

import pytest

from benchmarks.knowledge.sets import BadFile, cloze, four_line, has_items, three_line, without_repeats


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_three_line_skips_blank_lines_and_trailing_commas(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "\n3\n1,1,2,\n0,1,1,\n\n\n1\n7\n0\n")
    first, second = three_line(path)
    assert [(a.item, a.concepts, a.correct) for a in first.attempts] == [
        (None, ("1",), False),
        (None, ("1",), True),
        (None, ("2",), True),
    ]
    assert len(second.attempts) == 1
    assert not has_items([first, second])


def test_four_line_reads_items_and_gzip(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"0,77\r\n5,5,6\r\n1,2,1\r\n1,1,0\r\n"))
    (learner,) = four_line(path)
    assert learner.name == "0,77"
    assert [a.item for a in learner.attempts] == ["5", "5", "6"]
    merged = without_repeats(learner).attempts
    assert [(a.item, a.concepts, a.correct) for a in merged] == [("5", ("1", "2"), True), ("6", ("1",), False)]


def test_repeats_apart_are_kept(tmp_path: Path) -> None:
    (learner,) = four_line(written(tmp_path / "a", "0\n5,6,5\n1,1,1\n1,0,1\n"))
    assert without_repeats(learner).attempts == learner.attempts


CLOZE = (
    "epoch_ms,student_id,concept,item,outcome,end_latency_ms\n"
    '1000,a,"The mean, or average, is a statistic.","The ____, or average",CORRECT,2500\n'
    "2000,b,c,i,STUDY,-1\n"
    "3000,a,c,i,INCORRECT,-1\n"
    "4000,b,c,i,CORRECT,900\n"
)


def test_cloze_reads_times_and_leaves_study_rows_out(tmp_path: Path) -> None:
    a, b = cloze(written(tmp_path / "e.csv", CLOZE))
    assert [(x.at, x.response_seconds, x.correct) for x in a.attempts] == [(1.0, 2.5, True), (3.0, None, False)]
    assert a.attempts[0].concepts == ("The mean, or average, is a statistic.",)
    assert [x.at for x in b.attempts] == [4.0]


@pytest.mark.parametrize(
    "read, text, why",
    [
        (three_line, "3\n1,1\n0,1,1\n", "line 1: expected a count"),
        (three_line, "1\n1\n", "cut off"),
        (three_line, "1\n1\n2\n", "line 3: outcomes are 0 or 1"),
        (four_line, "0\n1,2\n1,1\n1\n", "as many items as concepts"),
        (cloze, "a,b\n1,2\n", "no column concept, epoch_ms, item, outcome, student_id"),
        (cloze, CLOZE.replace("3000", "soon"), "epoch_ms is a number"),
        (cloze, CLOZE.replace("3000", "nan"), "epoch_ms is a number"),
        (cloze, CLOZE.replace("3000,a", "3000,"), "line 4: no student_id"),
        (cloze, CLOZE.replace("_, or", "_" * 140_000), "not CSV"),
        (three_line, "3\n1,,2\n0,1,\n", "line 2: nothing between two commas"),
    ],
)
def test_a_file_in_another_format_is_refused_with_the_line(tmp_path: Path, read: object, text: str, why: str) -> None:
    assert callable(read)
    with pytest.raises(BadFile, match=why):
        read(written(tmp_path / "x.csv", text))


@pytest.mark.parametrize(
    "held", [gzip.compress(b"1\n7\n0\n" * 9, mtime=0)[:-12], gzip.compress(b"1", mtime=0)[:2] + b"x" * 20, b"\xff\xfe1"]
)
def test_a_file_that_is_cut_off_or_of_other_bytes_is_refused(tmp_path: Path, held: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(held)
    with pytest.raises(BadFile, match="neither UTF-8 nor whole gzip"):
        three_line(tmp_path / "a.csv")


def test_a_learner_without_answers_is_no_record(tmp_path: Path) -> None:
    (learner,) = three_line(written(tmp_path / "a", "0\n\n\n1\n7\n0\n"))
    assert len(learner.attempts) == 1


def test_a_number_of_answers_is_not_taken_for_a_student(tmp_path: Path) -> None:
    assert [one.person for one in four_line(written(tmp_path / "a", "0,1\n5\n1\n1\n1,1\n6\n1\n0\n"))] == [None, None]
    assert [one.person for one in four_line(written(tmp_path / "b", "0,7\n5\n1\n1\n1,1\n6\n1\n0\n"))] == ["7", "1"]


def test_cloze_is_put_in_order_and_says_what_it_leaves_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        '9000,a,c,"two\r\nlines \u2028 and more",CORRECT,NA',
        "1000,a,c,i,HINT,",
        "2000,a,c,i,incorrect,1e999",
    ]
    text = "\ufeff" + "\r\n".join([CLOZE.split("\n")[0], *rows, ""])
    (tmp_path / "e.csv").write_bytes(text.encode())
    (a,) = cloze(tmp_path / "e.csv")
    assert [(x.at, x.response_seconds, x.correct) for x in a.attempts] == [(2.0, None, False), (9.0, None, True)]
    assert a.attempts[1].item == "two\r\nlines \u2028 and more"
    assert "HINT 1" in capsys.readouterr().err
