from typing import Any

import numpy as np
import pytest

from agents.profile.knowledge.features import FEATURES
from agents.profile.knowledge.trees import from_structures
from tests.agents.profile.knowledge.learners import tree


def walked(node: dict[str, Any], features: np.ndarray[Any, np.dtype[np.float32]]) -> float:
    while "leaf_value" not in node:
        left = float(features[node["split_feature"]]) <= node["threshold"]
        node = node["left_child"] if left else node["right_child"]
    return float(node["leaf_value"])


@pytest.mark.parametrize("seed", range(5))
def test_all_trees_at_once_give_what_walking_each_gives(seed: int) -> None:
    rng = np.random.default_rng(seed)
    structures = [tree(rng, int(leaves)) for leaves in rng.integers(1, 33, size=20)]
    trees = from_structures(structures)
    for _ in range(50):
        features = rng.normal(size=FEATURES).astype(np.float32)
        assert trees.logit(features) == pytest.approx(sum(walked(s, features) for s in structures), abs=1e-5)


def test_a_value_on_the_threshold_goes_left() -> None:
    node = {
        "split_feature": 0,
        "threshold": 0.1,
        "left_child": {"leaf_value": -1.0},
        "right_child": {"leaf_value": 1.0},
    }
    features = np.zeros(FEATURES, np.float32)
    features[0] = np.float32(0.1)
    assert from_structures([node]).logit(features) == walked(node, features) == 1.0
    features[0] = np.nextafter(np.float32(0.1), np.float32(0.0))
    assert from_structures([node]).logit(features) == walked(node, features) == -1.0


def test_more_than_32_leaves_are_refused() -> None:
    with pytest.raises(ValueError, match="33 leaves"):
        from_structures([tree(np.random.default_rng(0), 33)])
