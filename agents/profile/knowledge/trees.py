"""The boosted-tree member: inference only, all trees at once in numpy.

Each inner node holds the leaves that cannot be reached when its test fails (those of its left side) as bits.
The exit leaf of a tree is the lowest bit that none of the failed tests has set:
Lucchese et al., QuickScorer: a fast algorithm to rank documents with additive ensembles of regression
trees, SIGIR 2015.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_LEAVES = 32


@dataclass(frozen=True)
class Trees:
    """`features` (31, K) index into the raw features; a test fails when the feature is above `thresholds`
    (31, K); `cleared` (31, K) are the leaves it then rules out; `leaves` (K·32,) in log-odds."""

    features: NDArray[np.intp]
    thresholds: NDArray[np.float32]
    cleared: NDArray[np.uint32]
    leaves: NDArray[np.float32]

    @property
    def count(self) -> int:
        return int(self.cleared.shape[1])

    def logit(self, features: NDArray[np.float32]) -> float:
        """Log-odds for raw (not standardised) features (F,)."""
        # No index is out of bounds; only checking each is slower than clipping it.
        failed = features.take(self.features, mode="clip") > self.thresholds
        gone = np.bitwise_or.reduce(self.cleared * failed, axis=0)
        exit_leaf = np.bitwise_count(gone & ~(gone + _ONE))
        return float(self.leaves.take(exit_leaf + _offsets(self.count)).sum())


_ONE = np.uint32(1)
_OFFSETS: dict[int, NDArray[np.intp]] = {}


def _offsets(count: int) -> NDArray[np.intp]:
    offsets = _OFFSETS.get(count)
    if offsets is None:
        offsets = _OFFSETS[count] = np.arange(count, dtype=np.intp) * MAX_LEAVES
    return offsets


def from_structures(structures: Iterable[Mapping[str, Any]]) -> Trees:
    """Build from nested nodes: `split_feature`, `threshold`, `left_child`, `right_child`, or `leaf_value`.

    Raises ValueError for a tree of more than 32 leaves.
    """
    nodes: list[list[tuple[int, float, int]]] = []
    values: list[list[float]] = []
    for structure in structures:
        tree: list[tuple[int, float, int]] = []
        leaves: list[float] = []
        _walk(structure, tree, leaves)
        if len(leaves) > MAX_LEAVES:
            raise ValueError(f"a tree has {len(leaves)} leaves, at most {MAX_LEAVES} are supported")
        nodes.append(tree)
        values.append(leaves)
    count = len(nodes)
    features = np.zeros((MAX_LEAVES - 1, count), np.intp)
    thresholds = np.full((MAX_LEAVES - 1, count), np.inf, np.float32)
    cleared = np.zeros((MAX_LEAVES - 1, count), np.uint32)
    table = np.zeros((count, MAX_LEAVES), np.float32)
    for k in range(count):
        for row, (feature, threshold, bits) in enumerate(nodes[k]):
            features[row, k] = feature
            thresholds[row, k] = _not_above(threshold)
            cleared[row, k] = bits
        table[k, : len(values[k])] = values[k]
    return Trees(features, thresholds, cleared, table.ravel())


def _not_above(threshold: float) -> np.float32:
    """The largest float32 that is at most `threshold`: for a float32 it is the same test."""
    rounded = np.float32(threshold)
    return rounded if float(rounded) <= threshold else np.nextafter(rounded, np.float32(-np.inf))


def _walk(node: Mapping[str, Any], tree: list[tuple[int, float, int]], leaves: list[float]) -> None:
    if "leaf_value" in node:
        leaves.append(float(node["leaf_value"]))
        return
    first = len(leaves)
    _walk(node["left_child"], tree, leaves)
    cleared = ((1 << len(leaves)) - 1) ^ ((1 << first) - 1)
    tree.append((int(node["split_feature"]), float(node["threshold"]), cleared))
    _walk(node["right_child"], tree, leaves)
