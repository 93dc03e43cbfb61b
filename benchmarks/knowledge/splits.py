"""Which learners train, choose and test: the published folds where a folder has them, else folds by learner."""

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.knowledge.sets import READERS, BadFile, Learner

FOLDS = 5
TOLD_APART = 10
"""Where a file has no ids, two histories that are the same and have so many attempts are taken for one learner's."""
ENDING = r"\.(?:csv|txt)(?:\.gz)?"
PART = re.compile(
    r"(?:(.*?)[_. -])??(train|valid|val|dev|test|fold)(?:ing|ation)?(?:[_. -]?(?:fold|split))?[_. -]?(\d*)" + ENDING,
    re.IGNORECASE,
)
"""A file of a published split: `train1.csv.gz`, `assist2009_pid_test1.csv`, `validation.txt`, `fold0.csv`."""
SAME = {"val": "valid", "dev": "valid"}
Parts = dict[tuple[str, str], Path]
Read = Callable[[Path], list[Learner]]


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


def _persons(learners: list[Learner]) -> list[list[Learner]]:
    """Records of one learner together, in the order in which each first comes."""
    found: dict[Hashable, list[Learner]] = {}
    for place, learner in enumerate(learners):
        who: Hashable = learner.person
        if who is None:
            long = len(learner.attempts) >= TOLD_APART
            who = tuple((a.item, a.concepts, a.correct) for a in learner.attempts) if long else place
        found.setdefault(who, []).append(learner)
    return list(found.values())


def by_learner(learners: list[Learner], folds: int = FOLDS, seed: int = 0) -> list[Split]:
    """Learners dealt at random into folds; test is fold k, valid is fold k+1, the rest trains."""
    persons = _persons(learners)
    if len(persons) < 3:
        raise BadFile(f"found {len(persons)} learners: a split by learner needs at least 3")
    folds = min(folds, len(persons))
    order = np.random.default_rng(seed).permutation(len(persons))
    dealt = [[learner for i in order[k::folds] for learner in persons[i]] for k in range(folds)]
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


def _chosen_from(known: list[Learner]) -> tuple[list[Learner], list[Learner]]:
    """(train, valid): the first fifth of the learners chooses."""
    persons = _persons(known)
    if len(persons) < 2:
        raise BadFile(f"found {len(persons)} learners to train on: at least 2 are needed, one of them to choose by")
    cut = max(len(persons) // 5, 1)
    return [one for some in persons[cut:] for one in some], [one for some in persons[:cut] for one in some]


def _parts(folder: Path) -> Parts:
    """The files of a published split by what they are and their number ("" for none)."""
    sets: dict[str, Parts] = {}
    for path in sorted(folder.iterdir()):
        match = PART.fullmatch(path.name)
        if match and path.is_file():
            prefix, kind, number = (match[1] or "").lower(), match[2].lower(), match[3].lstrip("0") or match[3][:1]
            sets.setdefault(prefix, {}).setdefault((SAME.get(kind, kind), number), path)
    # What has nothing to be scored by, or with, is no split.
    sets = {prefix: parts for prefix, parts in sets.items() if len(parts) > 1}
    if len(sets) > 1:
        raise BadFile(f"{folder} holds several sets ({', '.join(sorted(sets))}): give the folder of one, or one file")
    return next(iter(sets.values()), {})


def _numbers(parts: Parts, *kinds: str) -> list[str]:
    return sorted({number for kind, number in parts if kind in kinds and number}, key=int)


def _of_fold(parts: Parts, kind: str, number: str) -> Path | None:
    """The file of one fold, or the one for all folds; none where there is neither. Raises BadFile for a gap."""
    if (kind, number) in parts:
        return parts[kind, number]
    if _numbers(parts, kind):
        raise BadFile(f"has no {kind}{number}, and has {', '.join(f'{kind}{one}' for one in _numbers(parts, kind))}")
    return parts.get((kind, ""))


def _published(parts: Parts, read: Read) -> Folds | None:
    kinds = {kind for kind, _ in parts}
    if "train" in kinds and kinds & {"valid", "test"}:
        splits = []
        for number in _numbers(parts, "train", "valid", "test") or [""]:
            train, valid, test = (_of_fold(parts, kind, number) for kind in ("train", "valid", "test"))
            if test is None:
                valid, test = None, valid
            if train is None or test is None:
                raise BadFile(f"has no {'train' if train is None else 'test'}{number}")
            known, chosen = _chosen_from(read(train)) if valid is None else (read(train), read(valid))
            splits.append(Split(known, chosen, read(test)))
        chooses = "valid_i chooses" if {"valid", "test"} <= kinds else "its first fifth chooses"
        scored = "test" if "test" in kinds else "valid_i"
        return Folds(splits, f"published folds: train_i trains, {chooses}, {scored} is scored ({len(splits)} folds)")
    # Folds that are called after their being tested each once are folds too.
    name = "fold" if "fold" in kinds else "test"
    numbers = _numbers(parts, name)
    dealt = [read(parts[name, number]) for number in numbers]
    if name == "fold" and len(dealt) > 1 and ("test", "") in parts:
        rest = [[one for j, other in enumerate(dealt) if j != k for one in other] for k in range(len(dealt))]
        splits = [Split(known, dealt[k], read(parts["test", ""])) for k, known in enumerate(rest)]
        return Folds(splits, f"published folds: valid = fold k, the others train, test is scored ({len(dealt)} folds)")
    if len(dealt) == 2:
        splits = [Split(*_chosen_from(dealt[1 - k]), dealt[k]) for k in (0, 1)]
        return Folds(splits, "published folds: test = fold k, the other trains (its first fifth chooses) (2 folds)")
    if len(dealt) > 2:
        return Folds(
            _rotated(dealt),
            f"published folds: test = fold k, valid = fold k+1, the other {len(dealt) - 2} train ({len(dealt)} folds)",
        )
    return None


def _apart(folds: Folds) -> Folds:
    """Without those learners in training and choice who are scored. Raises BadFile where nobody is left."""
    splits, dropped = [], 0
    for number, one in enumerate(folds.splits, start=1):
        scored = {learner.person for learner in one.test} - {None}
        train, valid = ([x for x in part if x.person not in scored] for part in (one.train, one.valid))
        dropped += len(one.train) + len(one.valid) - len(train) - len(valid)
        for part, said in ((train, "to train on"), (valid, "to choose by"), (one.test, "to score")):
            if not part:
                raise BadFile(
                    f"fold {number} has no learner {said}"
                    + (" who is not scored too: one file with all of it is split by learner" if dropped else "")
                )
        splits.append(Split(train, valid, one.test))
    left_out = f"; {dropped} records of learners who are scored too are left out of training" if dropped else ""
    return Folds(splits, folds.description + left_out)


def load(path: Path, form: str) -> Folds:
    """Read `path` (a file, or a folder) in the format `form` and split it.

    A folder keeps its published folds: `train`, `valid` and `test`, each for all folds or numbered, or `fold<i>`;
    any other folder is read whole. Raises BadFile, or FileNotFoundError.
    """
    read = cache(READERS[form])
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist: give DATA=<file or folder>")
    if path.is_file():
        return Folds(by_learner(read(path)), f"one file, {FOLDS} folds by learner, fold k+1 chooses for fold k")
    try:
        published = _published(_parts(path), read)
    except BadFile as error:
        raise BadFile(f"{path.name}: {error}") from None
    if published:
        return _apart(published)
    files = sorted(p for p in path.iterdir() if re.search(ENDING + "$", p.name, re.IGNORECASE) and p.is_file())
    if not files:
        raise BadFile(f"{path} has no .csv, .txt or .gz of these: give DATA=<file or folder>")
    learners = [learner for found in files for learner in read(found)]
    return Folds(by_learner(learners), f"{len(files)} files read whole, {FOLDS} folds by learner, fold k+1 chooses")
