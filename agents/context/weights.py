"""How much each layer counts for each task: a contextual bandit that learns from what followed the replies.

For each task (the context) and each layer there are three arms: half its fixed value, its fixed value, twice that. A
message uses the arms that look best, but in a share of messages (`EXPLORATION`) one layer, drawn at random, uses an
arm drawn by Thompson sampling over its posterior: what is tried is bounded, and every layer is tried beside the best
known of the others. An arm's posterior is that of a normal mean with known noise; the prior says that the fixed value
is right by `PRIOR_LEAD` and weighs as much as `PRIOR_REWARDS` rewards.

The sums (rewards, their sum) are counted where rewards are made, with the reward itself, so that none counts twice;
they travel on `masterx.shared` with the other sums of a partition.
"""

import math
from collections.abc import Mapping
from random import Random

LAYERS = ("profile", "conversation", "memory", "analytics", "emotion")
ARMS = (0.5, 1.0, 2.0)
FIXED = 1.0
EXPLORATION = 0.1
PRIOR_REWARDS = 25.0
PRIOR_LEAD = 0.02
# Standard deviation of a reward, rewards lying between -1 and 1.
NOISE = 0.4
# An arm has to be better than the fixed value by this many standard errors before it is used outside exploration.
ERRORS_AHEAD = 1.0
KEY = "layer"

Sums = Mapping[str, tuple[float, float]]


def key(task: str, layer: str, arm: float) -> str:
    """The name of an arm's sums."""
    return f"{KEY}|{task}|{layer}|{arm:g}"


class LayerWeights:
    """The arms' sums, as added up over all partitions by `replace`, and the choice that follows from them."""

    def __init__(self) -> None:
        self._partitions: dict[int, dict[str, tuple[float, float]]] = {}
        self._total: dict[str, tuple[float, float]] = {}
        self._best: dict[str, dict[str, float]] = {}

    def replace(self, partition: int, sums: Sums) -> None:
        """Put `sums` (by `key`: number and sum of rewards) in the place of what `partition` had before."""
        self._partitions[partition] = dict(sums)
        total: dict[str, tuple[float, float]] = {}
        for counted in self._partitions.values():
            for name, (number, value) in counted.items():
                before = total.get(name, (0.0, 0.0))
                total[name] = (before[0] + number, before[1] + value)
        self._total = total
        self._best.clear()

    def posterior(self, task: str, layer: str, arm: float) -> tuple[float, float]:
        """Mean and standard deviation of the reward with this arm, against what the task's rewards are on the whole."""
        number, value = self._total.get(key(task, layer, arm), (0.0, 0.0))
        lead = PRIOR_LEAD if arm == FIXED else 0.0
        usual = self._usual(task, layer)
        weight = number + PRIOR_REWARDS
        return (value - number * usual + PRIOR_REWARDS * lead) / weight, NOISE / math.sqrt(weight)

    def best(self, task: str) -> Mapping[str, float]:
        """The arm of each layer that is used where nothing is tried."""
        found = self._best.get(task)
        if found is None:
            found = self._best[task] = {layer: self._leader(task, layer) for layer in LAYERS}
        return found

    def choose(self, task: str, message_id: str) -> dict[str, float]:
        """The arm of each layer for a message. What is tried follows from the id: redelivered, it is tried again."""
        chosen = dict(self.best(task))
        if int(message_id[:8], 16) < EXPLORATION * 2**32:
            random = Random(message_id)
            layer = random.choice(LAYERS)
            chosen[layer] = max(ARMS, key=lambda arm: random.gauss(*self.posterior(task, layer, arm)))
        return chosen

    def _leader(self, task: str, layer: str) -> float:
        fixed_mean, fixed_error = self.posterior(task, layer, FIXED)
        best, best_lead = FIXED, 0.0
        for arm in ARMS:
            mean, error = self.posterior(task, layer, arm)
            lead = mean - fixed_mean - ERRORS_AHEAD * math.hypot(error, fixed_error)
            if arm != FIXED and lead > best_lead:
                best, best_lead = arm, lead
        return best

    def _usual(self, task: str, layer: str) -> float:
        number = value = 0.0
        for arm in ARMS:
            counted = self._total.get(key(task, layer, arm), (0.0, 0.0))
            number += counted[0]
            value += counted[1]
        return value / number if number else 0.0
