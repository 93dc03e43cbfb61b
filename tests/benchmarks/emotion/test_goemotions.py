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
