from typing import Any

import pytest

from agents.profile import layers
from agents.profile.behaviour import Behaviour

REWARD: dict[str, Any] = {
    "task": "explain",
    "value": -0.25,
    "components": {"outcome": -0.25, "cost": -0.1},
    "layer_weights": {"memory": 2.0, "profile": 0.5},
    "features": {"mastery": 0.5},
}


def test_a_reward_counts_for_the_weight_of_each_layer() -> None:
    behaviour = Behaviour()
    layers.note(behaviour, REWARD)
    layers.note(behaviour, REWARD | {"value": 0.75, "layer_weights": {"memory": 2.0}})
    assert behaviour.own == {
        "layer|explain|memory|2|middle": [2.0, 0.5, 0.625],
        "layer|explain|profile|0.5|middle": [1.0, -0.25, 0.0625],
    }


def test_a_decision_whose_features_had_no_room_counts_for_its_task_alone() -> None:
    behaviour = Behaviour()
    layers.note(behaviour, REWARD | {"features": {}})
    assert set(behaviour.own) == {"layer|explain|memory|2", "layer|explain|profile|0.5"}


@pytest.mark.parametrize("changes", [{"components": {"cost": -0.1, "latency": -0.2}}, {"layer_weights": {}}])
def test_what_says_nothing_of_the_reply_counts_nothing(changes: dict[str, Any]) -> None:
    behaviour = Behaviour()
    layers.note(behaviour, REWARD | changes)
    assert behaviour.own == {}
