from pathlib import Path

import pytest

from benchmarks.knowledge.sets import BadFile, Learner
from benchmarks.knowledge.splits import by_learner, load


def written(folder: Path, name: str, learners: int, concept: str = "1") -> None:
    (folder / name).write_text(f"2\n{concept},1\n0,1\n" * learners)


def names(learners: list[Learner]) -> set[str]:
    return {learner.name for learner in learners}


def test_published_train_valid_test_folds_are_kept(tmp_path: Path) -> None:
    written(tmp_path, "test.csv", 4)
    written(tmp_path, "train.csv", 9)
    for k in (1, 2):
        written(tmp_path, f"train{k}.csv", 6)
        written(tmp_path, f"valid{k}.csv", 3)
    folds = load(tmp_path, "three-line")
    assert [(len(s.train), len(s.valid), len(s.test)) for s in folds.splits] == [(6, 3, 4)] * 2
    assert "test is scored" in folds.description


def test_numbered_folds_rotate(tmp_path: Path) -> None:
    for k in range(1, 6):
        (tmp_path / f"fold{k}.csv").write_text(f"{k}\n1\n1\n1\n")
    splits = load(tmp_path, "four-line").splits
    assert [names(s.test) for s in splits] == [{str(k)} for k in range(1, 6)]
    assert [names(s.valid) for s in splits] == [{str(k % 5 + 1)} for k in range(1, 6)]
    assert names(splits[0].train) == {"3", "4", "5"}


def test_one_file_is_split_by_learner(tmp_path: Path) -> None:
    written(tmp_path, "any.csv", 23)
    splits = load(tmp_path / "any.csv", "three-line").splits
    everyone = set().union(*(names(s.test) for s in splits))
    assert len(splits) == 5
    assert len(everyone) == sum(len(s.test) for s in splits) == 23
    for s in splits:
        assert not names(s.train) & names(s.test)
        assert not names(s.train) & names(s.valid)
        assert not names(s.valid) & names(s.test)
        assert len(s.train) + len(s.valid) + len(s.test) == 23


def test_a_folder_with_train_and_test_only(tmp_path: Path) -> None:
    written(tmp_path, "test.csv", 4)
    written(tmp_path, "train.csv", 10)
    (split,) = load(tmp_path, "three-line").splits
    assert (len(split.train), len(split.valid), len(split.test)) == (8, 2, 4)


def test_any_other_folder_is_read_whole(tmp_path: Path) -> None:
    written(tmp_path, "a.csv", 4)
    written(tmp_path, "b.csv", 6)
    splits = load(tmp_path, "three-line").splits
    assert sum(len(s.test) for s in splits) == 10


def test_too_few_learners_or_no_data_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"no \.csv"):
        load(tmp_path, "three-line")
    with pytest.raises(FileNotFoundError, match="does not exist"):
        load(tmp_path / "missing", "three-line")
    with pytest.raises(BadFile, match="at least 3"):
        by_learner([])
