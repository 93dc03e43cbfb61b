"""Small seeded models and learners for the tests of this package."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from agents.profile.knowledge import Attempt, KnowledgeModel, KnowledgeState, SharedDifficulty, Weights
from agents.profile.knowledge.features import FEATURE_NAMES, FEATURES
from agents.profile.knowledge.recurrent import ARRAYS, Recurrent, from_arrays
from agents.profile.knowledge.trees import from_structures

DAY = 86400.0
START = 1_700_000_000.0


def tree(rng: np.random.Generator, leaves: int) -> dict[str, Any]:
    """A random tree as nested nodes."""
    if leaves == 1:
        return {"leaf_value": float(rng.normal() * 0.05)}
    left = int(rng.integers(1, leaves))
    return {
        "split_feature": int(rng.integers(FEATURES)),
        "threshold": float(rng.normal()),
        "left_child": tree(rng, left),
        "right_child": tree(rng, leaves - left),
    }


def recurrent(seed: int = 0, hidden: int = 6, concepts: tuple[str, ...] = ("fractions",)) -> Recurrent:
    rng = np.random.default_rng(seed)
    f, e, m, u, h = FEATURES, 3, 5, 4, hidden
    shapes: dict[str, tuple[int, ...]] = {
        "Wx": (f, m), "We": (e, m), "Wh": (h, m), "b": (m,), "wz": (m,), "wx": (f,), "c": (),
        "Ux": (f, u), "Ue": (e, u), "d": (u,), "Wi": (2 * u + 1, 3 * h), "bi": (3 * h,),
        "Wg": (h, 3 * h), "bn": (h,),
    }  # fmt: skip
    assert tuple(shapes) == ARRAYS
    arrays = {name: rng.normal(size=shape) * 0.2 for name, shape in shapes.items()}
    rows = {name: rng.normal(size=e).astype(np.float32) for name in concepts}
    return from_arrays(arrays, rows)


def plain_weights() -> Weights:
    """The logistic member alone, equal to the effects' own log-odds."""
    linear = np.zeros(FEATURES, np.float32)
    linear[FEATURE_NAMES.index("full_logit")] = 1.0
    return Weights(np.zeros(FEATURES, np.float32), np.ones(FEATURES, np.float32), linear, 0.0)


def full_weights() -> Weights:
    """Every member, with random weights."""
    plain = plain_weights()
    rng = np.random.default_rng(7)
    trees = from_structures([tree(rng, int(leaves)) for leaves in rng.integers(1, 33, size=12)])
    return Weights(
        plain.mean, plain.scale, plain.linear, 0.1, trees, (recurrent(1), recurrent(2, 4)), (0.4, 0.3, 0.2, 0.2, 0.05)
    )


def learn(
    model: KnowledgeModel, attempts: Iterable[Attempt], shared: SharedDifficulty | None = None
) -> tuple[KnowledgeState, SharedDifficulty, list[float]]:
    """The state after `attempts`, the statistics, and what was predicted of each."""
    shared = SharedDifficulty() if shared is None else shared
    state = model.new_state()
    predicted = []
    for attempt in attempts:
        prediction = model.step(state, shared, attempt)
        if prediction is not None:
            predicted.append(prediction.p)
    return state, shared, predicted


def answers(outcomes: str, concept: str = "fractions", start: float = START, every: float = 60.0) -> list[Attempt]:
    """One attempt a character, `1` right, at different items, `every` seconds apart."""
    return [
        Attempt(f"{concept}-{k % 7}", (concept,), c == "1", start + every * k, attempt_id=f"{concept}{start}{k}")
        for k, c in enumerate(outcomes)
    ]
