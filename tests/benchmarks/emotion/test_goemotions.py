import gzip
from pathlib import Path

import pytest

from benchmarks.emotion.goemotions import read


def test_rows_become_texts_and_a_matrix(tmp_path: Path) -> None:
    path = tmp_path / "rows.tsv.gz"
    path.write_bytes(gzip.compress('so "fun"\t1,27\tid1\nwhy\u2028me\t25\tid2\n'.encode()))
    split = read(path)
    assert split.texts == ['so "fun"', "why\u2028me"]
    assert split.labels.shape == (2, 28)
    assert split.labels.sum() == 3
    assert split.labels[0, [1, 27]].tolist() == [1, 1]


def test_line_ends_mark_and_commas_of_other_programs_change_no_text(tmp_path: Path) -> None:
    path = tmp_path / "rows.tsv"
    path.write_bytes(gzip.compress("\ufeffwhy me\t1,27,\tid1\r\n\r\nand now\t3\r\n".encode()))
    split = read(path)
    assert split.texts == ["why me", "and now"]
    assert split.labels.sum(1).tolist() == [2, 1]
    path.rename(tmp_path / "plain.tsv.gz").write_bytes(b"why me\t1\tid1\n")
    assert read(tmp_path / "plain.tsv.gz").texts == ["why me"]


def test_a_file_that_is_cut_off_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "rows.tsv.gz"
    path.write_bytes(gzip.compress(b"fine\t0\tid\n" * 9)[:-12])
    with pytest.raises(ValueError, match="not whole"):
        read(path)


@pytest.mark.parametrize("row", ["text only", "text\tjoy\tid", "text\t28\tid", "text\t-1\tid"])
def test_a_bad_row_is_named(tmp_path: Path, row: str) -> None:
    path = tmp_path / "rows.tsv"
    path.write_text(f"fine\t0\tid\n{row}\n")
    with pytest.raises(ValueError, match=r"rows\.tsv:2"):
        read(path)


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "rows.tsv"
    path.write_text("\n")
    with pytest.raises(ValueError, match="no rows"):
        read(path)
