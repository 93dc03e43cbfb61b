"""`make eval-routing DATA=folder`: how much of the best model's quality a router keeps at which cost.

The folder holds `routellm/*.csv.gz`, `llmrouter/`, or both (or is one of the two). `--train FOLDER` names another
folder of the same form to learn from; questions that occur in both are not learned from. Without it each set is
cut in four: every question is judged by a predictor that has seen only the other parts (LLMRouter: its published
split).
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks import history
from benchmarks.routing.curves import Array, Curve, curve, ends, interval
from benchmarks.routing.datasets import DataError, Questions, read_llmrouter, read_routellm
from benchmarks.routing.predictor import Nearest, predicted

FOLDS = 4
LEAST_QUESTIONS = 50

Split = tuple[Questions, npt.NDArray[np.int64]]


def say(line: str) -> None:
    """Progress, on stderr."""
    print(line, file=sys.stderr, flush=True)


def sets_in(folder: Path) -> dict[str, tuple[Questions, npt.NDArray[np.bool_] | None]]:
    """The sets of a folder by name, with the published test part where there is one. Raises `DataError`."""
    found: dict[str, tuple[Questions, npt.NDArray[np.bool_] | None]] = {}
    for place in (folder / "routellm", folder):
        for path in sorted(place.glob("*.csv.gz")):
            questions = read_routellm(path)
            found[questions.name] = (questions, None)
    for place in (folder / "llmrouter", folder):
        if (place / "queries.jsonl.gz").exists():
            found["llmrouter"] = read_llmrouter(place)
    if not found:
        raise DataError(f"{folder}: holds neither routellm/*.csv.gz nor llmrouter/queries.jsonl.gz")
    return found


def splits(questions: Questions, test: npt.NDArray[np.bool_] | None, train: Questions | None) -> list[Split]:
    """(training questions, places of the questions that they judge)."""
    if train is not None:
        return [(train.without(set(questions.prompts)), np.arange(len(questions)))]
    if test is not None and test.any() and not test.all():
        return [(questions.part(np.flatnonzero(~test)), np.flatnonzero(test))]
    # Turns of one conversation and repeats of one question stay together.
    keys = {prompt: place for place, prompt in enumerate(dict.fromkeys(questions.prompts))}
    fold = np.random.default_rng(0).permutation(len(keys)) % FOLDS
    of_row = np.array([fold[keys[prompt]] for prompt in questions.prompts])
    return [(questions.part(np.flatnonzero(of_row != k)), np.flatnonzero(of_row == k)) for k in range(FOLDS)]


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
    """For printing."""
    return None if value is None else round(value, digits)


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
    parser.add_argument("--train", type=Path, help="folder to learn from, where it is another one")
    options = parser.parse_args()
    try:
        scored = sets_in(options.data)
        learned = None
        if options.train and options.train.resolve() != options.data.resolve():
            learned = sets_in(options.train)
    except (DataError, OSError) as error:
        print(f"eval-routing: {error}", file=sys.stderr)
        return 2
    results: dict[str, Any] = {}
    for name, (questions, test) in scored.items():
        train = learned[name][0] if learned and name in learned else None
        if len(questions) < LEAST_QUESTIONS and train is None:
            say(f"{name}: {len(questions)} questions are too few to learn from: left out")
            continue
        grouped = len(set(questions.groups)) > 1
        asked, guessed = judged(questions, splits(questions, test, train), grouped)
        results[name] = figures(asked, guessed)
        say(f"{name}: APGR {results[name]['apgr']} {results[name]['apgr_interval']}, knn {results[name]['knn_apgr']}")
    history.record("eval-routing", results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
