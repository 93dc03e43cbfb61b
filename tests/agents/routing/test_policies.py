"""A log made by the bandit itself in a known world: what a policy is worth is known, and is to be recovered."""

import numpy as np
import pytest

from agents.routing.bandit import TASKS, Bandit
from agents.routing.policies import Logged, Target, always, judge, targets
from tests.agents.routing.conftest import declared

NAMES = ("one", "two", "three")


class World:
    """Three providers with a reward for each task, and a bandit that learns them while it logs."""

    def __init__(self, seed: int, decisions: int = 1500) -> None:
        random = np.random.default_rng(seed)
        self.means = random.uniform(-0.5, 0.8, (len(NAMES), len(TASKS)))
        bandit = Bandit([declared(name, "http://127.0.0.1:1/v1") for name in NAMES], seed)
        self.log: list[Logged] = []
        for _ in range(decisions):
            task = TASKS[int(random.integers(len(TASKS)))]
            features = {"mastery": float(random.random()), "confused": float(random.random())}
            decision = bandit.decide(task, features, dict.fromkeys(NAMES, True))
            chosen = decision.candidates[0].provider
            reward = float(np.clip(self.mean(chosen, task) + 0.3 * random.standard_normal(), -1, 1))
            candidates = {c.provider: (c.score, c.propensity) for c in decision.candidates}
            self.log.append(Logged(task, features, candidates, chosen, reward))
            bandit.learn(chosen, task, features, reward)

    def mean(self, provider: str, task: str) -> float:
        return float(self.means[NAMES.index(provider), TASKS.index(task)])

    def value(self, target: Target) -> float:
        """What the policy is worth on the log's contexts."""
        earned = [
            sum(chance * self.mean(name, logged.task) for name, chance in target(logged).items()) for logged in self.log
        ]
        return float(np.mean(earned))


def test_known_policys_value_lies_within_its_intervals_about_as_often_as_they_say() -> None:
    held = {"ips": 0, "snips": 0, "doubly_robust": 0}
    tries = 0
    for seed in range(6):
        world = World(seed)
        for target in (targets(NAMES)["uniform"], targets(NAMES)["greedy"], targets(NAMES)["logged"]):
            tries += 1
            found, truth = judge(world.log, target), world.value(target)
            for name in held:
                estimate = getattr(found, name)
                held[name] += estimate.low <= truth <= estimate.high
    assert min(held.values()) >= 0.8 * tries, held


def test_better_policy_is_seen_to_be_better() -> None:
    world = World(1)
    found = {name: judge(world.log, target).doubly_robust.value for name, target in targets(NAMES).items()}
    worth = {name: world.value(target) for name, target in targets(NAMES).items()}
    assert found["greedy"] > found["uniform"]
    assert max(found, key=lambda name: found[name]) == max(worth, key=lambda name: worth[name])


def test_provider_that_took_no_calls_is_not_counted_on() -> None:
    closed = Logged("explain", {}, {"one": (0.5, 1.0), "two": (0.9, 0.0)}, "one", 0.4)
    assert always("two")(closed) == {"one": 1.0}
    assert targets(("two",))["greedy"](closed) == {"one": 1.0}


@pytest.mark.parametrize(
    "candidates",
    [
        {"one": (0.5, 0.0)},
        # The policy might have picked it, and had picked the other, which failed.
        {"two": (0.4, 0.7), "one": (0.5, 0.3)},
    ],
)
def test_decision_of_a_fallback_is_refused(candidates: dict[str, tuple[float, float]]) -> None:
    fallback = Logged("explain", {}, candidates, "one", 0.4)
    assert fallback.propensity == 0.0
    with pytest.raises(ValueError, match="above 0"):
        judge([fallback], targets(())["logged"])
