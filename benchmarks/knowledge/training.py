"""Fits the logistic member, the recurrent members and their blend on one fold."""

import sys
import time
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from agents.profile.knowledge import Statistics, Weights
from agents.profile.knowledge.model import standardised
from agents.profile.knowledge.recurrent import from_arrays
from agents.profile.knowledge.trees import MAX_LEAVES, Trees, from_structures
from benchmarks.knowledge import network
from benchmarks.knowledge.network import Sequence, Settings
from benchmarks.knowledge.passes import Table, cross_fitted, run
from benchmarks.knowledge.scores import auc
from benchmarks.knowledge.splits import Split

Floats = NDArray[np.float32]

PARTS = 4
MOST_CONCEPTS = 4
ROUNDS = 200
PATIENCE = 2
TRAINING_CAP = 700_000
"""Attempts at most that the recurrent members train on; learners beyond are left to the statistics."""


@dataclass(frozen=True)
class Fitted:
    weights: Weights
    statistics: Statistics
    train_attempts: int


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def stacked(tables: list[Table]) -> tuple[Floats, Floats]:
    return np.concatenate([t.features for t in tables]), np.concatenate([t.outcomes for t in tables])


def scaling(features: Floats) -> dict[str, Floats]:
    """Mean and inverse deviation of each feature; one that never varies gets scale 0."""
    deviation = features.std(0)
    scale = np.where(deviation > 1e-3, 1.0 / np.maximum(deviation, 1e-3), 0.0)
    return {"mean": features.mean(0).astype(np.float32), "scale": scale.astype(np.float32)}


def logistic(x: Floats, y: Floats, ridge: float = 20.0, steps: int = 12) -> NDArray[np.float64]:
    """Ridge logistic regression by Newton's method; returns (F+1,), the intercept last and unpenalised."""
    design = np.column_stack([x, np.ones(len(x), np.float32)]).astype(np.float64)
    penalty = np.full(design.shape[1], ridge)
    penalty[-1] = 1e-3
    beta = np.zeros(design.shape[1])
    for _ in range(steps):
        p = 1.0 / (1.0 + np.exp(-np.clip(design @ beta, -30, 30)))
        weight = np.maximum(p * (1.0 - p), 1e-6)
        gradient = design.T @ (y - p) - penalty * beta
        hessian = (design * weight[:, None]).T @ design + np.diag(penalty)
        change = np.linalg.solve(hessian, gradient)
        beta += change
        if np.abs(change).max() < 1e-4:
            break
    return beta


def vocabulary(tables: list[Table]) -> dict[str, int]:
    """Concepts of the training learners, most frequent first."""
    counts = Counter(c for t in tables for a in t.learner.attempts for c in a.concepts)
    return {name: index for index, (name, _) in enumerate(counts.most_common())}


def sequences(tables: list[Table], scale: dict[str, Floats], concepts: dict[str, int]) -> list[Sequence]:
    width = 1
    for t in tables:
        width = max(width, max((len(a.concepts) for a in t.learner.attempts), default=1))
    width = 1 if width == 1 else MOST_CONCEPTS
    result = []
    for t in tables:
        ids = np.full((len(t.outcomes), width), -1, np.int32)
        for row, attempt in enumerate(t.learner.attempts):
            for column, name in enumerate(attempt.concepts[:width]):
                ids[row, column] = concepts.get(name, -1)
        result.append(Sequence(standardised(t.features, scale), ids, t.outcomes))
    return result


def capped(tables: list[Table], cap: int, seed: int) -> list[Table]:
    """A random choice of learners with about `cap` attempts, all of them where they have fewer."""
    total = sum(len(t.outcomes) for t in tables)
    if total <= cap:
        return tables
    share = cap / total
    keep = np.random.default_rng(seed).random(len(tables)) < share
    return [t for t, kept in zip(tables, keep, strict=True) if kept]


def boosted(x: Floats, y: Floats, vx: Floats, vy: Floats) -> Trees:
    """Boosted trees by LightGBM on raw features; rounds chosen on the validation rows."""
    import lightgbm

    parameters = {
        "objective": "binary",
        "learning_rate": 0.07,
        "num_leaves": MAX_LEAVES,
        "min_data_in_leaf": max(20, min(100, len(y) // 1000)),
        "feature_fraction": 0.5,
        # Of one row it would leave none.
        "bagging_fraction": 0.8 if len(y) > 10 else 1.0,
        "bagging_freq": 1,
        "lambda_l2": 5.0,
        "boost_from_average": False,
        "num_threads": 1,
        "seed": 0,
        "deterministic": True,
        "verbose": -1,
    }
    data = lightgbm.Dataset(x, y)
    booster = lightgbm.train(
        parameters,
        data,
        ROUNDS,
        valid_sets=[lightgbm.Dataset(vx, vy, reference=data)],
        callbacks=[lightgbm.early_stopping(25, verbose=False)],
    )
    used = booster.best_iteration or ROUNDS
    return from_structures(tree["tree_structure"] for tree in booster.dump_model()["tree_info"][:used])


def blend(logits: list[Floats], y: Floats) -> tuple[float, ...]:
    """Weights of the members' log-odds and an offset, by a ridge drawn to their mean.

    No weight is negative: a member that would get one is left out (weight 0) and the rest fitted again, so
    that the blend does not extrapolate away from all of them.
    """
    used = list(range(len(logits)))
    while True:
        columns = np.column_stack([logits[k] for k in used]).astype(np.float64)
        mean = columns.mean(1, keepdims=True)
        beta = logistic(np.column_stack([mean, columns - mean]).astype(np.float32), y, ridge=30.0)
        rest = beta[1:-1]
        each = beta[0] / len(used) + rest - rest.mean()
        if len(used) == 1 or each.min() >= 0.0:
            break
        used.pop(int(each.argmin()))
    weights = dict(zip(used, each, strict=True))
    return (*(float(weights.get(k, 0.0)) for k in range(len(logits))), float(beta[-1]))


def fit(split: Split, settings: list[Settings], generic: bool = False, progress: str = "") -> Fitted:
    """Train on `split.train`; stop and blend by `split.valid`. Neither sees `split.test`.

    `generic`: no concept embeddings, and the rows of a cold start (statistics still empty) count as well, in
    training and in validation.
    """
    started = time.monotonic()
    warm, cold, statistics = cross_fitted(split.train, PARTS, seed=1)
    valid, _ = run(split.valid, statistics)
    if generic:
        warm = warm + cold
        valid = valid + run(split.valid, Statistics())[0]
    x, y = stacked(warm)
    vx, vy = stacked(valid)
    scale = scaling(x)
    beta = logistic(standardised(x, scale), y)
    member_logits = [(standardised(vx, scale) @ beta[:-1] + beta[-1]).astype(np.float32)]
    trees = boosted(x, y, vx, vy)
    member_logits.append(np.array([trees.logit(row) for row in vx], np.float32))

    def progressed(what: str, z: Floats) -> float:
        score = auc(vy, z)
        say(f"{progress} {what}: valid AUC {score:.4f} after {time.monotonic() - started:.0f} s")
        return score

    progressed(f"{len(y)} attempts, logistic", member_logits[0])
    progressed(f"{trees.count} trees", member_logits[1])
    concepts = {} if generic else vocabulary(warm)
    rows = network.padded_rows(len(concepts))
    v = sequences(valid, scale, concepts)
    w = sequences(capped(warm, TRAINING_CAP, 0), scale, concepts)
    members = []
    for number, one in enumerate(settings):
        since = 0
        best: tuple[float, dict[str, Floats], Floats] | None = None
        for epoch, parameters in network.train(w, rows, replace(one, seed=one.seed + number)):
            z = np.concatenate(network.logits(parameters, v, one))
            score = progressed(f"member {number + 1}, epoch {epoch + 1}", z)
            if best is None or score > best[0]:
                best = (score, parameters, z)
                since = 0
            else:
                since += 1
                if since >= PATIENCE:
                    break
        if best is None:
            raise ValueError("a recurrent member needs at least one epoch")
        rows_of = {name: best[1]["concepts"][index] for name, index in concepts.items()}
        members.append(from_arrays(best[1], rows_of))
        member_logits.append(best[2])
    weights = Weights(
        scale["mean"],
        scale["scale"],
        beta[:-1].astype(np.float32),
        float(beta[-1]),
        trees,
        tuple(members),
        blend(member_logits, vy),
    )
    return Fitted(weights, statistics, len(y))
