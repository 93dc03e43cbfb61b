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


def fold_of(path: Path, *students: str) -> None:
    path.write_text("".join(f"{k},{name}\n1,2\n1,1\n0,1\n" for k, name in enumerate(students)))


@pytest.mark.parametrize("form", ["{part}{k}.csv", "set_2009_{part}{k}.csv", "{part}_{k}.txt", "{part}_fold{k}.csv"])
def test_each_fold_may_have_a_test_file_of_its_own_and_another_name(tmp_path: Path, form: str) -> None:
    for k in (0, 1):
        for size, part in ((6, "train"), (3, "valid"), (2 + k, "test")):
            written(tmp_path, form.format(part=part, k=k), size)
    folds = load(tmp_path, "three-line")
    assert [(len(s.train), len(s.valid), len(s.test)) for s in folds.splits] == [(6, 3, 2), (6, 3, 3)]


def test_folds_may_count_from_nought(tmp_path: Path) -> None:
    for k in range(4):
        fold_of(tmp_path / f"fold{k}.csv", f"s{k}")
    assert [[one.person for one in s.test] for s in load(tmp_path, "four-line").splits] == [
        ["s0"],
        ["s1"],
        ["s2"],
        ["s3"],
    ]


def test_test_files_alone_are_the_folds(tmp_path: Path) -> None:
    for k in range(1, 4):
        fold_of(tmp_path / f"test{k}.csv", f"s{k}")
    assert [[one.person for one in s.train] for s in load(tmp_path, "four-line").splits] == [["s3"], ["s1"], ["s2"]]


def test_two_folds_and_folds_beside_a_test_file(tmp_path: Path) -> None:
    for k in (1, 2):
        written(tmp_path, f"fold{k}.csv", 5 + k)
    assert [(len(s.train), len(s.valid), len(s.test)) for s in load(tmp_path, "three-line").splits] == [
        (6, 1, 6),
        (5, 1, 7),
    ]
    written(tmp_path, "test.csv", 3)
    assert [(len(s.train), len(s.valid), len(s.test)) for s in load(tmp_path, "three-line").splits] == [
        (7, 6, 3),
        (6, 7, 3),
    ]


def test_one_train_valid_and_test_file_and_none_to_test(tmp_path: Path) -> None:
    written(tmp_path, "train.csv", 10)
    written(tmp_path, "validation.csv", 3)
    (split,) = load(tmp_path, "three-line").splits
    assert (len(split.train), len(split.valid), len(split.test)) == (8, 2, 3)
    written(tmp_path, "test.csv", 4)
    (split,) = load(tmp_path, "three-line").splits
    assert (len(split.train), len(split.valid), len(split.test)) == (10, 3, 4)


def test_a_split_with_a_gap_and_two_sets_in_one_folder_are_refused(tmp_path: Path) -> None:
    for name in ("train1.csv", "train2.csv", "valid1.csv", "test.csv"):
        written(tmp_path, name, 3)
    with pytest.raises(BadFile, match="has no valid2, and has valid1"):
        load(tmp_path, "three-line")
    written(tmp_path, "other_train.csv", 3)
    written(tmp_path, "other_test.csv", 3)
    with pytest.raises(BadFile, match="several sets"):
        load(tmp_path, "three-line")


def test_a_learner_of_several_records_is_on_one_side(tmp_path: Path) -> None:
    fold_of(tmp_path / "all.csv", *(f"s{k % 7}" for k in range(35)))
    for split in load(tmp_path / "all.csv", "four-line").splits:
        scored, others = {x.person for x in split.test}, {x.person for x in split.train + split.valid}
        assert not scored & others
        assert len(split.train) + len(split.valid) + len(split.test) == 35


def test_a_long_history_that_two_files_hold_is_on_one_side(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("".join(f"12\n{','.join([str(k)] * 12)}\n{'0,1,' * 6}\n" for k in range(9)))
    for split in load(tmp_path, "three-line").splits:
        scored, others = ({x.attempts[0].concepts for x in part} for part in (split.test, split.train + split.valid))
        assert not scored & others


def test_who_is_scored_is_left_out_of_published_training(tmp_path: Path) -> None:
    fold_of(tmp_path / "train.csv", "a", "b", "c", "d")
    fold_of(tmp_path / "valid.csv", "e", "a")
    fold_of(tmp_path / "test.csv", "a", "b")
    folds = load(tmp_path, "four-line")
    (split,) = folds.splits
    assert ([x.person for x in split.train], [x.person for x in split.valid]) == (["c", "d"], ["e"])
    assert "3 records of learners who are scored too are left out of training" in folds.description
    fold_of(tmp_path / "train.csv", "b")
    with pytest.raises(BadFile, match="fold 1 has no learner to train on who is not scored too"):
        load(tmp_path, "four-line")


def test_too_few_learners_or_no_data_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"no \.csv"):
        load(tmp_path, "three-line")
    with pytest.raises(FileNotFoundError, match="does not exist"):
        load(tmp_path / "missing", "three-line")
    with pytest.raises(BadFile, match="at least 3"):
        by_learner([])
