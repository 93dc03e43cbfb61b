"""Which learners train, choose and test: the published folds where a folder has them, else folds by learner."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.knowledge.sets import READERS, BadFile, Learner

FOLDS = 5


@dataclass(frozen=True)
class Split:
    """One fold. `valid` chooses the stopping point and the blend; `test` is scored."""

    train: list[Learner]
    valid: list[Learner]
    test: list[Learner]


@dataclass(frozen=True)
class Folds:
    splits: list[Split]
    description: str


def _found(folder: Path, stem: str) -> Path | None:
    for ending in (".csv.gz", ".csv", ".txt", ".txt.gz"):
        path = folder / f"{stem}{ending}"
        if path.exists():
            return path
    return None


def by_learner(learners: list[Learner], folds: int = FOLDS, seed: int = 0) -> list[Split]:
    """Learners dealt at random into folds; test is fold k, valid is fold k+1, the rest trains."""
    if len(learners) < 3:
        raise BadFile(f"found {len(learners)} learners: a split by learner needs at least 3")
    folds = min(folds, len(learners))
    order = np.random.default_rng(seed).permutation(len(learners))
    dealt = [[learners[i] for i in order[k::folds]] for k in range(folds)]
    return _rotated(dealt)


def _rotated(dealt: list[list[Learner]]) -> list[Split]:
    count = len(dealt)
    return [
        Split(
            [learner for j in range(count) if j not in (k, (k + 1) % count) for learner in dealt[j]],
            dealt[(k + 1) % count],
            dealt[k],
        )
        for k in range(count)
    ]


def load(path: Path, form: str) -> Folds:
    """Read `path` (a file, or a folder) in the format `form` and split it.

    A folder with `test` and `train<i>`/`valid<i>`, or with `fold<i>`, keeps its published folds; any other
    folder is read whole. Raises BadFile, or FileNotFoundError.
    """
    read = READERS[form]
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist: give DATA=<file or folder>")
    if path.is_file():
        return Folds(by_learner(read(path)), f"one file, {FOLDS} folds by learner, fold k+1 chooses for fold k")
    test = _found(path, "test")
    pairs = [(_found(path, f"train{k}"), _found(path, f"valid{k}")) for k in range(1, 21)]
    if test is not None and any(train is not None and valid is not None for train, valid in pairs):
        tested = read(test)
        splits = [Split(read(t), read(v), tested) for t, v in pairs if t is not None and v is not None]
        return Folds(splits, f"published folds: train_i trains, valid_i chooses, test is scored ({len(splits)} folds)")
    dealt = [read(found) for k in range(1, 21) if (found := _found(path, f"fold{k}")) is not None]
    if len(dealt) >= 3:
        return Folds(
            _rotated(dealt),
            f"published folds: test = fold k, valid = fold k+1, the other {len(dealt) - 2} train ({len(dealt)} folds)",
        )
    train = _found(path, "train")
    if test is not None and train is not None:
        known = read(train)
        cut = max(len(known) // 5, 1)
        return Folds(
            [Split(known[cut:], known[:cut], read(test))],
            "published split: train trains (its first fifth chooses), test is scored",
        )
    files = sorted(p for p in path.iterdir() if p.name.endswith((".csv", ".csv.gz", ".txt", ".txt.gz")) and p.is_file())
    if not files:
        raise BadFile(f"{path} has no .csv, .txt or .gz of these: give DATA=<file or folder>")
    learners = [learner for found in files for learner in read(found)]
    return Folds(by_learner(learners), f"{len(files)} files read whole, {FOLDS} folds by learner, fold k+1 chooses")
