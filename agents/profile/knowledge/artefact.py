"""Reads and writes trained weights as one .npz, and loads the generic ones that ship with the package."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from agents.profile.knowledge.features import FEATURE_NAMES
from agents.profile.knowledge.model import Weights
from agents.profile.knowledge.recurrent import Recurrent
from agents.profile.knowledge.trees import Trees

VERSION = 1
GENERIC = Path(__file__).parent / "generic.npz"

_RECURRENT = (
    "head",
    "head_bias",
    "out",
    "skip",
    "drive",
    "drive_bias",
    "inner",
    "inner_bias",
    "gates",
    "candidate_bias",
)


class BadArtefact(ValueError):
    """A weights file does not fit this version of the features."""


def save(weights: Weights, path: Path) -> None:
    """Write `weights` to `path`. Recurrent matrices are stored as float16; the rest as it is."""
    arrays: dict[str, Any] = {
        "version": np.array(VERSION),
        "names": np.array(FEATURE_NAMES),
        "mean": weights.mean,
        "scale": weights.scale,
        "linear": weights.linear,
        "intercept": np.array(weights.intercept),
        "blend": np.array(weights.blend),
        "members": np.array(len(weights.members)),
    }
    if weights.trees is not None:
        arrays["trees_features"] = weights.trees.features.astype(np.uint8)
        arrays["trees_thresholds"] = weights.trees.thresholds
        arrays["trees_cleared"] = weights.trees.cleared
        arrays["trees_leaves"] = weights.trees.leaves
    for number, member in enumerate(weights.members):
        for name in _RECURRENT:
            arrays[f"r{number}_{name}"] = getattr(member, name).astype(np.float16)
        arrays[f"r{number}_offset"] = np.array(member.offset)
        arrays[f"r{number}_concepts"] = np.array(list(member.concepts), dtype=np.str_)
        rows = list(member.concepts.values())
        arrays[f"r{number}_rows"] = np.array(rows, np.float16).reshape(len(rows), member.embedding_size)
    np.savez_compressed(path, **arrays)


def load(path: Path) -> Weights:
    """Read what `save` wrote. Raises BadArtefact for another version or other features."""
    with np.load(path, allow_pickle=False) as stored:
        a = {name: stored[name] for name in stored.files}
    if int(a["version"]) != VERSION:
        raise BadArtefact(f"{path.name} has version {int(a['version'])}, this reads {VERSION}")
    if tuple(a["names"].tolist()) != FEATURE_NAMES:
        raise BadArtefact(f"{path.name} was trained on other features: train it again")
    trees = None
    if "trees_cleared" in a:
        trees = Trees(a["trees_features"].astype(np.intp), a["trees_thresholds"], a["trees_cleared"], a["trees_leaves"])
    members = []
    for number in range(int(a["members"])):
        parts = {name: a[f"r{number}_{name}"].astype(np.float32) for name in _RECURRENT}
        rows = a[f"r{number}_rows"].astype(np.float32)
        concepts = {str(name): rows[k] for k, name in enumerate(a[f"r{number}_concepts"])}
        members.append(Recurrent(**parts, offset=float(a[f"r{number}_offset"]), concepts=concepts))
    return Weights(
        a["mean"],
        a["scale"],
        a["linear"],
        float(a["intercept"]),
        trees,
        tuple(members),
        tuple(float(value) for value in a["blend"]),
    )


@cache
def generic() -> Weights:
    """The weights that ship with the package: no item or concept names, fit for any subject."""
    return load(GENERIC)
