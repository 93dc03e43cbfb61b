import tracemalloc

import numpy as np
import pytest

from agents.routing.offpolicy import Estimate, doubly_robust, ips, snips

PROVIDERS = 3


def logged(seed: int, count: int = 1000) -> dict[str, np.ndarray]:
    """Logged choices among three providers whose mean reward depends on one feature; the target policy knows it."""
    random = np.random.default_rng(seed)
    feature = random.integers(0, 2, count)
    means = np.array([[0.6, 0.1, -0.2], [-0.3, 0.2, 0.7]])[feature]
    log_policy = np.tile([0.5, 0.3, 0.2], (count, 1))
    chosen = random.choice(PROVIDERS, size=count, p=log_policy[0])
    target = np.full((count, PROVIDERS), 0.1)
    target[np.arange(count), np.argmax(means, axis=1)] = 0.8
    rows = np.arange(count)
    return {
        "logged": log_policy[rows, chosen],
        "target": target,
        "chosen": chosen,
        "rewards": means[rows, chosen] + 0.3 * random.standard_normal(count),
        "means": means,
        "truth": np.sum(target * np.array([[0.6, 0.1, -0.2], [-0.3, 0.2, 0.7]])[feature], axis=1).mean(),
    }


def estimates(seed: int) -> tuple[float, list[Estimate]]:
    data = logged(seed)
    on_choice = data["target"][np.arange(len(data["chosen"])), data["chosen"]]
    # A model that is wrong by a constant and blind to the feature.
    model = np.tile([0.3, 0.3, 0.3], (len(data["chosen"]), 1))
    return float(data["truth"]), [
        ips(data["logged"], on_choice, data["rewards"]),
        snips(data["logged"], on_choice, data["rewards"], seed),
        doubly_robust(data["logged"], data["target"], data["chosen"], data["rewards"], model),
    ]


def test_intervals_hold_a_known_policys_value_about_as_often_as_they_say() -> None:
    held = np.zeros(3)
    for seed in range(40):
        truth, found = estimates(seed)
        held += [estimate.low <= truth <= estimate.high for estimate in found]
    assert np.all(held >= 34)


def test_good_model_narrows_the_interval() -> None:
    data = logged(1)
    on_choice = data["target"][np.arange(len(data["chosen"])), data["chosen"]]
    plain = ips(data["logged"], on_choice, data["rewards"])
    robust = doubly_robust(data["logged"], data["target"], data["chosen"], data["rewards"], data["means"])
    assert robust.high - robust.low < plain.high - plain.low


def test_policy_judged_on_its_own_log_gets_its_mean() -> None:
    data = logged(2)
    same = ips(data["logged"], data["logged"], data["rewards"])
    assert same.value == pytest.approx(data["rewards"].mean())
    assert same.effective == pytest.approx(len(data["rewards"]))


def test_policy_that_never_does_what_was_logged_has_no_estimate() -> None:
    found = snips(np.array([0.5, 0.5]), np.zeros(2), np.ones(2))
    assert np.isnan(found.value)
    assert found.effective == 0.0


def test_choice_that_is_only_explored_is_worth_what_it_earned() -> None:
    random = np.random.default_rng(0)
    rare = random.random(20_000) < 0.005
    rewards = np.where(rare, 0.6, 0.1) + 0.1 * random.standard_normal(20_000)
    found = ips(np.where(rare, 0.005, 0.995), np.where(rare, 1.0, 0.0), rewards)
    assert found.low <= 0.6 <= found.high
    assert found.low > 0.3


def test_memory_grows_with_the_decisions_and_not_with_the_rounds() -> None:
    data = logged(4, 20_000)
    tracemalloc.start()
    snips(data["logged"], data["logged"], data["rewards"])
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 20 * data["rewards"].nbytes


def test_impossible_propensities_are_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        ips(np.array([0.0]), np.array([1.0]), np.array([1.0]))
    with pytest.raises(ValueError, match="at least one"):
        ips(np.array([]), np.array([]), np.array([]))
