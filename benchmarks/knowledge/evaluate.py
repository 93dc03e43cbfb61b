"""`python -m benchmarks.knowledge.evaluate --data PATH --format three-line|four-line|cloze`

Scores the knowledge model, predict-then-update, on a folder with published folds or on one file.
"""

import argparse
import importlib.util
import math
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.profile.knowledge import KnowledgeModel, SharedDifficulty, Statistics, Weights, generic
from benchmarks.history import record
from benchmarks.knowledge import baselines
from benchmarks.knowledge.scores import auc, ece, log_loss
from benchmarks.knowledge.sets import FORMATS, BadFile, Learner, has_items, without_repeats
from benchmarks.knowledge.splits import Split, load

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Published:
    """An AUC from a paper. `key`: the figure of this program that is scored on the same rows, frozen as it was."""

    said: str
    auc: float
    key: str


PUBLISHED = {
    "assistments2009_pid": (
        Published("AKT, all rows, same folds (Ghosh et al. 2020)", 0.8346, "auc_frozen"),
        Published("AKT, without repeats", 0.753, "auc_frozen_without_repeats"),
    ),
    "assistments2009": (
        Published("DKVMN, all rows, same split (Zhang et al. 2017)", 0.8157, "auc_frozen"),
        Published("DKT, all rows, same split (Zhang et al. 2017)", 0.8053, "auc_frozen"),
    ),
    "assistments2015": (
        Published("DKVMN, same split (Zhang et al. 2017)", 0.7268, "auc_frozen"),
        Published("DKT, same split (Zhang et al. 2017)", 0.7252, "auc_frozen"),
        Published("AKT, other split and preparation (Ghosh et al. 2020)", 0.7828, "auc_frozen"),
    ),
}
LIMIT_SECONDS = 26 * 60.0
"""Past this, foreseen from the jobs done, the rest is fitted without the recurrent member, and says so."""
ALL_ROWS, DEDUPLICATED = "all rows", "without repeats"


@dataclass(frozen=True)
class Job:
    """One fold in one treatment of repeated rows."""

    fold: int
    rows: str
    split: Split
    began: float
    rounds_left: int


def outcomes_of(learners: list[Learner]) -> Floats:
    return np.array([float(a.correct) for learner in learners for a in learner.attempts])


def stream(weights: Weights, start: Statistics, learners: list[Learner], adapt: bool) -> tuple[Floats, float]:
    """Probabilities before each update, learner after learner, and CPU microseconds an event.

    With `adapt`, what earlier learners of the stream answered goes on improving the shared statistics;
    without, each learner starts from `start` alone.
    """
    model = KnowledgeModel(weights)
    predicted = []
    shared = SharedDifficulty("test")
    shared.replace("train", start)
    began = time.process_time()
    for learner in learners:
        if not adapt and shared.own.total[0]:
            shared.total.add(shared.own, -1.0)
            shared.own = Statistics()
        state = model.new_state()
        for attempt in learner.attempts:
            prediction = model.step(state, shared, attempt)
            if prediction is not None:
                predicted.append(prediction.p)
    took = time.process_time() - began
    return np.array(predicted), took / max(len(predicted), 1) * 1e6


# What this process's jobs took, to foresee whether the rest stays within the limit.
_last_seconds = [0.0]


def measure(job: Job) -> dict[str, Any]:
    """Fit and score one job, in a process of its own."""
    # Imported here: the parent process never needs JAX or LightGBM.
    from benchmarks.knowledge.network import MEMBERS
    from benchmarks.knowledge.training import Fitted, fit, say

    label = f"[fold {job.fold}, {job.rows}]"
    split = job.split
    if job.rows == DEDUPLICATED:
        split = Split(*([without_repeats(x) for x in part] for part in (split.train, split.valid, split.test)))
    started = time.monotonic()
    late = time.time() - job.began + _last_seconds[-1] * job.rounds_left > LIMIT_SECONDS
    if late:
        say(f"{label} short of time: without the recurrent member")
    fitted: Fitted = fit(split, [] if late else list(MEMBERS), progress=label)
    trained = time.monotonic() - started
    y = outcomes_of(split.test)
    p, cost = stream(fitted.weights, fitted.statistics, split.test, adapt=True)
    frozen, _ = stream(fitted.weights, fitted.statistics, split.test, adapt=False)
    cold = float("nan")
    if job.rows == ALL_ROWS:
        cold = auc(y, stream(generic(), Statistics(), split.test, adapt=True)[0])
    first = np.concatenate([np.arange(len(learner.attempts)) == 0 for learner in split.test])
    figures: dict[str, Any] = {
        "fold": job.fold,
        "rows": job.rows,
        "events": len(y),
        "auc": auc(y, p),
        "auc_frozen": auc(y, frozen),
        "auc_cold": cold,
        "auc_not_first": auc(y[~first], p[~first]),
        "log_loss": log_loss(y, p),
        "ece": ece(y, p),
        "us_per_event": cost,
        "train_seconds": trained,
        "recurrent": not late,
        "blend": list(fitted.weights.blend),
    }
    for name in baselines.BASELINES:
        figures[f"baseline_{name}_auc"] = auc(y, baselines.run(name, split.train, split.test))
    say(
        f"{label} AUC {figures['auc']:.4f} (frozen {figures['auc_frozen']:.4f}), log loss {figures['log_loss']:.4f}, "
        f"ECE {figures['ece']:.4f}, Elo {figures['baseline_elo_auc']:.4f}, "
        f"logistic {figures['baseline_logistic_auc']:.4f}; "
        f"{cost:.0f} us an event; training {trained:.0f} s"
    )
    _last_seconds.append(time.monotonic() - started)
    return figures


def mean_of(results: list[dict[str, Any]], key: str) -> float:
    values = [r[key] for r in results if not math.isnan(r[key])]
    return round(float(np.mean(values)), 5) if values else float("nan")


def summary(results: list[dict[str, Any]]) -> dict[str, Any]:
    """The figures of the run; `auc` is the mean of the folds on all rows."""
    rows = [r for r in results if r["rows"] == ALL_ROWS]
    merged = [r for r in results if r["rows"] == DEDUPLICATED]
    figures: dict[str, Any] = {
        "auc": mean_of(rows, "auc"),
        "auc_without_repeats": mean_of(merged, "auc") if merged else None,
        "log_loss": mean_of(rows, "log_loss"),
        "ece": mean_of(rows, "ece"),
        "events": sum(r["events"] for r in rows),
        "baseline_mean_auc": mean_of(rows, "baseline_mean_auc"),
        "baseline_elo_auc": mean_of(rows, "baseline_elo_auc"),
        "baseline_logistic_auc": mean_of(rows, "baseline_logistic_auc"),
        "folds": len(rows),
        "fits_without_recurrent": sum(not r["recurrent"] for r in results),
        "auc_folds": [None if math.isnan(r["auc"]) else round(r["auc"], 5) for r in rows],
        "auc_frozen": mean_of(rows, "auc_frozen"),
        "auc_cold": mean_of(rows, "auc_cold"),
        "auc_first_attempts_not_scored": mean_of(rows, "auc_not_first"),
        "us_per_event": round(mean_of(rows, "us_per_event"), 1),
    }
    if merged:
        for key in ("auc_frozen", "log_loss", "ece", "baseline_mean_auc", "baseline_elo_auc", "baseline_logistic_auc"):
            figures[f"{key}_without_repeats"] = mean_of(merged, key)
        figures["events_without_repeats"] = sum(r["events"] for r in merged)
    return {k: (None if isinstance(v, float) and math.isnan(v) else v) for k, v in figures.items()}


def protocol(description: str, items: bool) -> str:
    repeats = (
        "all rows, and again with consecutive rows of one problem merged before both update and score"
        if items
        else "no problem ids, so repeated rows cannot be told and all rows are scored"
    )
    return "\n".join(
        (
            "Protocol",
            f"  split      {description}",
            "  start      warm: weights and item/concept statistics from the training learners; the learners",
            "             scored are new, each starts with an empty state",
            "  order      predict, then update, each event once; test learners one after another in file order,",
            "             so item statistics go on learning from the test learners before (auc); auc_frozen",
            "             leaves that out: statistics from the training learners and the learner's own past",
            "             auc_cold: no training on this set at all, the shipped weights and empty statistics (the",
            "             shipped weights were trained on ASSISTments 2009-10: there it is not held out)",
            "  scored     every attempt, first ones included; whole histories, not cut into pieces",
            f"  repeats    {repeats}",
            "  auc        area under the ROC curve over all scored attempts of a fold, mean of the folds",
        )
    )


COLUMNS = (
    ("AUC", "auc"),
    ("frozen", "auc_frozen"),
    ("log loss", "log_loss"),
    ("ECE", "ece"),
    ("mean", "baseline_mean_auc"),
    ("Elo", "baseline_elo_auc"),
    ("logistic", "baseline_logistic_auc"),
)


def print_table(results: list[dict[str, Any]]) -> None:
    """One line a fold and treatment; the last three columns are the baselines' AUCs."""
    print(f"{'fold':>4}  {'rows':<16}{'events':>8}" + "".join(f"{title:>10}" for title, _ in COLUMNS))
    for r in results:
        cells = "".join(f"{r[key]:10.4f}" for _, key in COLUMNS)
        print(f"{r['fold']:>4}  {r['rows']:<16}{r['events']:>8}{cells}")


def compared(name: str, figures: Mapping[str, Any]) -> list[str]:
    """One line for each published AUC on the set `name`, and how far this run is from it."""
    known = PUBLISHED.get(name, ())
    if not known:
        return ["published  none known for this set"]
    return [
        f"published  {one.auc:.4f}  {one.said}: here {figures[one.key]:.4f} ({figures[one.key] - one.auc:+.4f})"
        for one in known
        if figures.get(one.key) is not None
    ]


def end_with_parent() -> None:
    """End this process when the one that started it has ended: a fit goes on for minutes, for nobody."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.knowledge.evaluate", description=__doc__)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--format", required=True, choices=FORMATS)
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--folds", type=int, default=0, help="run only the first N folds")
    options = parser.parse_args(arguments)
    missing = [name for name in ("jax", "lightgbm") if importlib.util.find_spec(name) is None]
    if missing:
        print(f"cannot evaluate: {' and '.join(missing)} missing: install the development packages", file=sys.stderr)
        return 2
    try:
        folds = load(options.data, options.format)
    except (BadFile, OSError) as error:
        print(f"cannot evaluate: {error}", file=sys.stderr)
        return 2
    splits = folds.splits[: options.folds] if options.folds else folds.splits
    items = has_items(splits[0].train) and options.format == "four-line"
    print(protocol(folds.description, items))
    print(flush=True)
    plans = [
        (k + 1, rows, split)
        for k, split in enumerate(splits)
        for rows in ((ALL_ROWS, DEDUPLICATED) if items else (ALL_ROWS,))
    ]
    began = time.time()
    jobs = [Job(*plan, began, math.ceil((len(plans) - place) / options.processes)) for place, plan in enumerate(plans)]
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.processes, mp_context=context, initializer=end_with_parent) as pool:
        results = list(pool.map(measure, jobs))
    print_table(results)
    figures = summary(results)
    print("\n".join(compared(options.data.resolve().name, figures)))
    record("knowledge", {**figures, "data": options.data.resolve().name, "format": options.format})
    return 0


if __name__ == "__main__":
    sys.exit(main())
