import uuid
from collections import Counter

import pytest

from agents.context.weights import ARMS, EXPLORATION, FIXED, LAYERS, LayerWeights, key
from config.mastery import BANDS


def identity(number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, str(number)))


def counted(task: str, layer: str, band: str = "", **means: float) -> dict[str, tuple[float, float]]:
    """A thousand rewards for each arm, by its mean."""
    arms = {"half": 0.5, "fixed": 1.0, "twice": 2.0}
    return {key(task, layer, arms[name], band): (1000.0, 1000.0 * mean) for name, mean in means.items()}


def test_without_rewards_the_fixed_values_stand() -> None:
    assert LayerWeights().best("explain") == dict.fromkeys(LAYERS, FIXED)


def test_an_arm_that_is_clearly_better_is_used_for_its_task_and_layer_alone() -> None:
    weights = LayerWeights()
    weights.replace(0, counted("explain", "memory", half=0.1, fixed=0.1, twice=0.3))
    assert weights.best("explain") == {**dict.fromkeys(LAYERS, FIXED), "memory": 2.0}
    assert weights.best("practise") == dict.fromkeys(LAYERS, FIXED)


def test_a_hair_is_no_reason_to_leave_the_fixed_value() -> None:
    weights = LayerWeights()
    weights.replace(0, counted("explain", "memory", half=0.105, fixed=0.1, twice=0.1))
    assert weights.best("explain")["memory"] == FIXED


def test_partitions_add_up_and_a_publication_replaces_the_one_before() -> None:
    weights = LayerWeights()
    weights.replace(0, counted("plan", "profile", half=0.4, fixed=0.0, twice=0.0))
    weights.replace(1, counted("plan", "profile", half=-0.4, fixed=0.0, twice=0.0))
    assert weights.best("plan")["profile"] == FIXED
    weights.replace(1, {})
    assert weights.best("plan")["profile"] == 0.5


def test_exploration_is_bounded_and_tries_one_layer_at_a_time() -> None:
    weights = LayerWeights()
    differing = Counter(
        sum(arm != FIXED for arm in weights.choose("explain", identity(n)).values()) for n in range(4000)
    )
    assert set(differing) == {0, 1}
    assert 0 < differing[1] / 4000 <= EXPLORATION + 0.02


def test_the_same_message_gets_the_same_weights() -> None:
    weights = LayerWeights()
    assert all(weights.choose("plan", identity(n)) == weights.choose("plan", identity(n)) for n in range(200))


def test_what_is_surely_worse_is_hardly_tried() -> None:
    weights = LayerWeights()
    for layer in LAYERS:
        weights.replace(LAYERS.index(layer), counted("explain", layer, half=-0.5, fixed=0.3, twice=-0.5))
    assert all(set(weights.choose("explain", identity(n)).values()) == {FIXED} for n in range(500))


def test_the_posterior_narrows_with_rewards() -> None:
    weights = LayerWeights()
    _, before = weights.posterior("explain", "memory", 2.0)
    weights.replace(0, counted("explain", "memory", half=0.0, fixed=0.0, twice=0.0))
    _, after = weights.posterior("explain", "memory", 2.0)
    assert after < before / 3


def test_a_band_of_learners_has_weights_of_its_own() -> None:
    weights = LayerWeights()
    weights.replace(
        0,
        {
            **counted("explain", "memory", "low", half=0.0, fixed=0.1, twice=0.4),
            **counted("explain", "memory", "middle", half=0.0, fixed=0.3, twice=0.3),
            **counted("explain", "memory", "high", half=0.4, fixed=0.1, twice=0.0),
        },
    )
    assert {band: weights.best("explain", band)["memory"] for band in BANDS} == {"low": 2.0, "middle": 1.0, "high": 0.5}


def test_a_band_without_rewards_does_as_its_task_does() -> None:
    weights = LayerWeights()
    weights.replace(0, counted("explain", "memory", half=0.1, fixed=0.1, twice=0.3))
    weights.replace(1, counted("explain", "memory", "low", half=0.1, fixed=0.1, twice=0.3))
    for arm in ARMS:
        assert weights.posterior("explain", "memory", arm, "high") == weights.posterior("explain", "memory", arm)
    assert weights.best("explain", "high")["memory"] == 2.0


def test_rewards_of_all_bands_count_for_the_task() -> None:
    banded, whole = LayerWeights(), LayerWeights()
    for partition, band in enumerate(BANDS):
        banded.replace(partition, counted("plan", "profile", band, half=0.4, fixed=0.1, twice=0.0))
        whole.replace(partition, counted("plan", "profile", half=0.4, fixed=0.1, twice=0.0))
    assert all(
        banded.posterior("plan", "profile", arm) == pytest.approx(whole.posterior("plan", "profile", arm))
        for arm in ARMS
    )


def test_a_few_rewards_do_not_make_a_band() -> None:
    weights = LayerWeights()
    few = {key("explain", "memory", arm, "low"): (5.0, 5.0 * mean) for arm, mean in ((1.0, 0.1), (2.0, 0.6))}
    weights.replace(0, counted("explain", "memory", half=0.1, fixed=0.1, twice=0.1) | few)
    assert weights.best("explain", "low")["memory"] == FIXED


@pytest.mark.parametrize("arm", ARMS)
def test_keys_are_what_the_profile_counts_under(arm: float) -> None:
    from agents.profile import layers
    from agents.profile.behaviour import Behaviour

    behaviour = Behaviour()
    reward = {"task": "plan", "value": 0.5, "components": {"feedback": 0.5}, "layer_weights": {"memory": arm}}
    layers.note(behaviour, reward | {"features": {"mastery": 0.9}})
    assert behaviour.own == {key("plan", "memory", arm, "high"): [1.0, 0.5, 0.25]}
