"""`make eval-routing DATA=folder`: how much of the best model's quality a router keeps at which cost.

The folder holds `routellm/*.csv.gz`, `llmrouter/`, or both (or is one of the two), gzipped or not. Learned from is
`--train FOLDER`, by itself `../shared/data`; questions that occur in both are not. Where the folder is that one, or too
little of it is left, each set is cut in four: every question is judged by a predictor that has seen only the other
parts (LLMRouter: its published split). Which it was is said, and stands with each set's figures as `learned_from`.
"""

import argparse
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks import history
from benchmarks.routing.curves import Array, Curve, curve, ends, interval
from benchmarks.routing.datasets import (
    LLMROUTER_FILES,
    ROUTELLM_ENDINGS,
    DataError,
    Questions,
    read_llmrouter,
    read_routellm,
)
from benchmarks.routing.predictor import Nearest, predicted

FOLDS = 4
LEAST_QUESTIONS = 50
SHARED = Path("../shared/data")

Bools = npt.NDArray[np.bool_]
Split = tuple[Questions, npt.NDArray[np.int64]]


def say(line: str) -> None:
    """Progress, on stderr."""
    print(line, file=sys.stderr, flush=True)


def sets_in(folder: Path) -> dict[str, tuple[Questions, Bools | None]]:
    """The sets of a folder by name, with the published test part where there is one. Raises `DataError`."""
    found: dict[str, tuple[Questions, Bools | None]] = {}
    for place in (folder / "routellm", folder):
        for path in sorted(place.iterdir()) if place.is_dir() else ():
            if path.name.endswith(ROUTELLM_ENDINGS):
                questions = read_routellm(path)
                found[questions.name] = (questions, None)
    for place in (folder / "llmrouter", folder):
        if any((place / name).exists() for name in LLMROUTER_FILES):
            found["llmrouter"] = read_llmrouter(place)
    if not found:
        raise DataError(f"{folder}: holds neither routellm/*.csv.gz nor llmrouter/queries.jsonl.gz")
    return found


def elsewhere(questions: Questions, learned: dict[str, Questions]) -> Questions | None:
    """What another folder has to learn from: the set of that name (`mmlu` for `mmlu_new`), of the same models, without
    the questions of `questions`. None, and why is said, where that is too little."""
    name = questions.name
    same = max((one for one in learned if name.startswith(one)), key=len, default=None)
    if same is None:
        say(f"{name}: the folder to learn from has no set of that name")
        return None
    train = learned[same].of(questions.models)
    if train is None:
        say(f"{name}: the folder to learn from has no outcomes of {', '.join(questions.models)}")
        return None
    kept = train.without(questions)
    say(f"{name}: {len(kept)} questions of {same} to learn from, {len(train) - len(kept)} left out that are scored too")
    if len(kept) < LEAST_QUESTIONS:
        say(f"{name}: that is too few")
        return None
    return kept


def splits(questions: Questions, test: Bools | None, train: Questions | None) -> tuple[str, list[Split]]:
    """What is learned from, and (training questions, places of the questions that they judge)."""
    if train is not None:
        return "another folder", [(train, np.arange(len(questions)))]
    if test is not None and test.any() and not test.all():
        asked = np.flatnonzero(test)
        known = questions.part(np.flatnonzero(~test)).without(questions.part(asked))
        if len(known) >= LEAST_QUESTIONS:
            return "its published training part", [(known, asked)]
    # Turns of one conversation and repeats of one question stay together.
    keys = {key: place for place, key in enumerate(dict.fromkeys(questions.keys))}
    fold = np.random.default_rng(0).permutation(len(keys)) % FOLDS
    of_row = np.array([fold[keys[key]] for key in questions.keys])
    parts = [(questions.part(np.flatnonzero(of_row != k)), np.flatnonzero(of_row == k)) for k in range(FOLDS)]
    return "its other parts", [(known, rows) for known, rows in parts if len(rows)]


def judged(questions: Questions, parts: list[Split], grouped: bool) -> tuple[Questions, dict[str, Array]]:
    """The judged questions and each router's predicted quality, (questions, models)."""
    places = np.sort(np.concatenate([rows for _, rows in parts]))
    shape = questions.quality.shape
    found = {name: np.zeros(shape) for name in ("router", *(["grouped"] if grouped else []), "knn")}
    for train, rows in parts:
        asked = questions.part(rows)
        for name, values in predicted(train, asked, grouped).items():
            found[name][rows] = values
        found["knn"][rows] = Nearest(train).predict(asked)
        say(f"{questions.name}: {len(train)} questions learned, {len(rows)} judged")
    return questions.part(places), {name: values[places] for name, values in found.items()}


def rounded(value: float | None, digits: int = 4) -> float | None:
    """For printing; None where there is no such figure."""
    return None if value is None or math.isnan(value) else round(value, digits)


def shape(line: Curve) -> list[float]:
    """Quality at 0, 10, … 100 % of the way."""
    return [round(float(value), 4) for value in line.quality[::100]]


def figures(questions: Questions, guessed: dict[str, Array]) -> dict[str, Any]:
    """The figures of one set."""
    quality, prices = questions.quality, questions.prices
    weak, strong = ends(quality, prices)
    lines = {name: curve(values, quality, prices) for name, values in guessed.items()}
    lines["oracle"] = curve(quality, quality, prices)
    random = np.random.default_rng(0)
    lines["random"] = curve(random.random(quality.shape), quality, prices)
    ours = lines["router"]
    result: dict[str, Any] = {
        "questions": len(questions),
        "apgr": rounded(ours.apgr),
        "apgr_interval": [rounded(value) for value in interval(guessed["router"], quality, prices)],
        "cpt50": rounded(ours.cpt(0.5)),
        "cpt80": rounded(ours.cpt(0.8)),
        "cost_at_95": rounded(ours.cost_at(0.95)),
        "oracle_apgr": rounded(lines["oracle"].apgr),
        "oracle_cost_at_95": rounded(lines["oracle"].cost_at(0.95)),
        "knn_apgr": rounded(lines["knn"].apgr),
        # A straight line between the two models, in expectation.
        "random_apgr": 0.5,
        "random_drawn_apgr": rounded(lines["random"].apgr),
        "cheapest": {"model": questions.models[weak], "quality": rounded(ours.weak)},
        "best_single": {"model": questions.models[strong], "quality": rounded(ours.strong)},
        "quality_by_share": {name: shape(line) for name, line in lines.items()},
    }
    if "grouped" in lines:
        result["apgr_with_group"] = rounded(lines["grouped"].apgr)
        result["apgr_with_group_interval"] = [rounded(value) for value in interval(guessed["grouped"], quality, prices)]
    return result


def main() -> int:
    """Print the figures as one JSON line and append them to the history."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.routing.evaluate", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder to score")
    parser.add_argument("--train", type=Path, help="folder to learn from (../shared/data, where there is one)")
    options = parser.parse_args()
    train = options.train or SHARED
    itself = {place.resolve() for place in (train, train / "routellm", train / "llmrouter")}
    within = options.data.resolve() in itself or not (options.train or train.is_dir())
    try:
        scored = sets_in(options.data)
        learned = {} if within else {name: questions for name, (questions, _) in sets_in(train).items()}
    except (DataError, OSError) as error:
        print(f"eval-routing: {error}", file=sys.stderr)
        return 2
    say(f"{options.data}: learned from is " + ("the folder itself, cut in parts" if within else f"{train}"))
    results: dict[str, Any] = {}
    for name, (questions, test) in scored.items():
        source = None if within else elsewhere(questions, learned)
        if len(set(questions.keys)) < LEAST_QUESTIONS and source is None:
            say(f"{name}: {len(questions)} questions are too few to learn from: left out")
            continue
        grouped = len(set(questions.groups)) > 1
        said, parts = splits(questions, test, source)
        asked, guessed = judged(questions, parts, grouped)
        results[name] = {**figures(asked, guessed), "learned_from": said}
        say(
            f"{name}: learned from {said}; APGR {results[name]['apgr']} {results[name]['apgr_interval']}, "
            f"knn {results[name]['knn_apgr']}"
        )
    if not results:
        print(f"eval-routing: {options.data}: no set has enough questions", file=sys.stderr)
        return 2
    history.record("eval-routing", results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
