"""How much each layer counts, by task and learner: a contextual bandit that learns from what followed the replies.

For each task and each layer there are three arms: half its fixed value, its fixed value, twice that. A message uses
the arms that look best, but in a share of messages (`EXPLORATION`) one layer, drawn at random, uses an arm drawn by
Thompson sampling over its posterior: what is tried is bounded, and every layer is tried beside the best known of the
others. An arm's posterior is that of a normal mean with known noise; the prior says that the fixed value is right by
`PRIOR_LEAD` and weighs as much as `PRIOR_REWARDS` rewards.

Learners differ by how well they know what is at hand (`config.mastery`). A band's rewards draw an arm's mean away from
its task's, which weighs as much as `BAND_REWARDS` of them (partial pooling: Gelman and Hill, Data Analysis Using
Regression and Multilevel/Hierarchical Models, 2007, chapter 12). A single learner has too few rewards for weights of
their own: of a hundred messages ten try an arm, one of fifteen.

The sums (rewards, their sum) are counted where rewards are made, with the reward itself, so that none counts twice;
they travel on `masterx.shared` with the other sums of a partition.
"""

import math
from collections.abc import Mapping
from random import Random

from config.mastery import BANDS

LAYERS = ("profile", "conversation", "memory", "analytics", "emotion")
ARMS = (0.5, 1.0, 2.0)
FIXED = 1.0
EXPLORATION = 0.1
PRIOR_REWARDS = 25.0
PRIOR_LEAD = 0.02
# Bands differ from their task by about 0.03: the noise's variance is this many times the square of that.
BAND_REWARDS = 180.0
# Standard deviation of a reward, rewards lying between -1 and 1.
NOISE = 0.4
# An arm has to be better than the fixed value by this many standard errors before it is used outside exploration.
ERRORS_AHEAD = 1.0
KEY = "layer"

Sums = Mapping[str, tuple[float, float]]


def key(task: str, layer: str, arm: float, band: str = "") -> str:
    """The name of an arm's sums; `band` is empty for rewards whose learner's mastery is not known."""
    return f"{KEY}|{task}|{layer}|{arm:g}" + (f"|{band}" if band else "")


class LayerWeights:
    """The arms' sums, as added up over all partitions by `replace`, and the choice that follows from them."""

    def __init__(self) -> None:
        self._partitions: dict[int, dict[str, tuple[float, float]]] = {}
        # By `key`: with a band its own rewards, without one those of all bands.
        self._total: dict[str, tuple[float, float]] = {}
        self._best: dict[tuple[str, str], dict[str, float]] = {}

    def replace(self, partition: int, sums: Sums) -> None:
        """Put `sums` (by `key`: number and sum of rewards) in the place of what `partition` had before."""
        self._partitions[partition] = dict(sums)
        total: dict[str, tuple[float, float]] = {}
        for counted in self._partitions.values():
            for name, (number, value) in counted.items():
                whole, _, band = name.rpartition("|")
                for place in (name, whole) if band in BANDS else (name,):
                    before = total.get(place, (0.0, 0.0))
                    total[place] = (before[0] + number, before[1] + value)
        self._total = total
        self._best.clear()

    def posterior(self, task: str, layer: str, arm: float, band: str = "") -> tuple[float, float]:
        """Mean and standard error of the reward with this arm, against what the rewards are on the whole.

        Of the task, or of the task's learners in `band`.
        """
        number, surplus = self._surplus(task, layer, arm)
        weight = number + PRIOR_REWARDS
        lead = PRIOR_LEAD if arm == FIXED else 0.0
        mean, error = (surplus + PRIOR_REWARDS * lead) / weight, NOISE / math.sqrt(weight)
        if not band:
            return mean, error
        number, surplus = self._surplus(task, layer, arm, band)
        left = BAND_REWARDS / (number + BAND_REWARDS)
        drawn = left * mean + surplus / (number + BAND_REWARDS)
        return drawn, math.hypot(left * error, NOISE * math.sqrt(number) / (number + BAND_REWARDS))

    def best(self, task: str, band: str = "") -> Mapping[str, float]:
        """The arm of each layer that is used where nothing is tried."""
        found = self._best.get((task, band))
        if found is None:
            found = self._best[task, band] = {layer: self._leader(task, layer, band) for layer in LAYERS}
        return found

    def choose(self, task: str, message_id: str, band: str = "") -> dict[str, float]:
        """The arm of each layer for a message. What is tried follows from the id: redelivered, it is tried again."""
        chosen = dict(self.best(task, band))
        if int(message_id[:8], 16) < EXPLORATION * 2**32:
            random = Random(message_id)
            layer = random.choice(LAYERS)
            chosen[layer] = max(ARMS, key=lambda arm: random.gauss(*self.posterior(task, layer, arm, band)))
        return chosen

    def _leader(self, task: str, layer: str, band: str) -> float:
        fixed_mean, fixed_error = self.posterior(task, layer, FIXED, band)
        best, best_lead = FIXED, 0.0
        for arm in ARMS:
            mean, error = self.posterior(task, layer, arm, band)
            lead = mean - fixed_mean - ERRORS_AHEAD * math.hypot(error, fixed_error)
            if arm != FIXED and lead > best_lead:
                best, best_lead = arm, lead
        return best

    def _surplus(self, task: str, layer: str, arm: float, band: str = "") -> tuple[float, float]:
        """How many rewards the arm has, and their sum above what the layer's rewards are on the whole."""
        number = value = 0.0
        for each in ARMS:
            counted = self._total.get(key(task, layer, each, band), (0.0, 0.0))
            number += counted[0]
            value += counted[1]
        mine, sum_ = self._total.get(key(task, layer, arm, band), (0.0, 0.0))
        return mine, sum_ - mine * (value / number if number else 0.0)
