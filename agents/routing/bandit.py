"""A contextual bandit over providers: Bayesian linear regression for each, Thompson sampling, exact propensities.

Chu, Li, Reyzin & Schapire, *Contextual Bandits with Linear Payoff Functions*, AISTATS 2011; Agrawal & Goyal, *Thompson
Sampling for Contextual Bandits with Linear Payoffs*, ICML 2013.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agents.routing.decision import NO_CHARGES, Candidate, Decision
from config.providers import Provider

Array = npt.NDArray[np.float64]

TASKS = ("explain", "practise", "check", "support", "plan", "smalltalk")
CONTEXT = ("frustrated", "confused", "mastery", "length")
DIMENSIONS = 1 + len(TASKS) + len(CONTEXT)

# The declared strengths weigh as much as so many rewards for each task.
PRIOR_REWARDS = 4.0
# Standard deviation of a reward around its mean, rewards lying between -1 and 1.
REWARD_NOISE = 0.4
# What was learned counts half after so many rewards of a provider, so that drift is followed.
HALF_LIFE_REWARDS = 500.0
DRAWS = 64
# Share of the choices made at random, so that every policy can be judged on what is logged.
EXPLORATION = 0.02
# Weight of a try's outcome in the running rate of success; ten failures in a row bring it below 0.11.
SUCCESS_WEIGHT = 0.2
# A provider whose calls fail is worth what its replies are worth, as often as they come, and this when they don't.
FAILURE_VALUE = -1.0


def context_vector(task: str, features: Mapping[str, float]) -> Array:
    """What the regression sees: a constant, the task, emotion, mastery and length, (DIMENSIONS,)."""
    vector = np.zeros(DIMENSIONS)
    vector[0] = 1.0
    if task in TASKS:
        vector[1 + TASKS.index(task)] = 1.0
    offset = 1 + len(TASKS)
    for place, name in enumerate(CONTEXT):
        value = features.get(name, 0.0)
        # Centred, so that the constant and the task carry what is usual.
        vector[offset + place] = min(2.0, value) - (0.5 if name == "mastery" else 0.0)
    return vector


@dataclass
class Arm:
    """Sufficient statistics of one provider: precision (DIMENSIONS²) and moment (DIMENSIONS,), additive."""

    precision: Array
    moment: Array

    @classmethod
    def empty(cls) -> "Arm":
        """Nothing seen."""
        return cls(np.zeros((DIMENSIONS, DIMENSIONS)), np.zeros(DIMENSIONS))

    def add(self, vector: Array, reward: float, parts: int = 1) -> None:
        """Take in one reward; older ones fade, as fast as if those of all `parts` had come to this one."""
        fade = 0.5 ** (parts / HALF_LIFE_REWARDS)
        self.precision *= fade
        self.moment *= fade
        self.precision += np.outer(vector, vector) / REWARD_NOISE**2
        self.moment += vector * (reward / REWARD_NOISE**2)


def prior(strengths: Mapping[str, float]) -> Arm:
    """The declared strengths (0 to 1) as rewards between -1 and 1 that were seen `PRIOR_REWARDS` times each."""
    arm = Arm.empty()
    arm.precision += np.eye(DIMENSIONS)
    weight = PRIOR_REWARDS / REWARD_NOISE**2
    for task in TASKS:
        vector = context_vector(task, {"mastery": 0.5})
        arm.precision += weight * np.outer(vector, vector)
        arm.moment += weight * vector * (2.0 * strengths.get(task, 0.5) - 1.0)
    return arm


class Bandit:
    """A `Policy` that learns from rewards. Statistics are kept by source partition and added up on reading.

    The choice is drawn from the logged propensities themselves: the share of `DRAWS` posterior draws in which a
    provider came out best, mixed with `EXPLORATION` of the uniform choice.
    """

    name = "thompson-linear/1"

    def __init__(self, providers: Sequence[Provider], seed: int | None = None) -> None:
        self._priors = {provider.name: prior(provider.strengths) for provider in providers}
        self._parts: dict[int, dict[str, Arm]] = {}
        self._success = dict.fromkeys(self._priors, 1.0)
        self._random = np.random.default_rng(seed)
        self._posterior: dict[str, tuple[Array, Array]] = {}

    def learn(self, provider: str, task: str, features: Mapping[str, float], reward: float, part: int = 0) -> None:
        """Take in the reward (-1 to 1) of a decision that `provider` answered, as one of partition `part`.

        Unknown providers are passed over.
        """
        if provider in self._priors:
            arm = self._parts.setdefault(part, {}).setdefault(provider, Arm.empty())
            parts = sum(provider in arms for arms in self._parts.values())
            arm.add(context_vector(task, features), max(-1.0, min(1.0, reward)), parts)
            self._posterior.pop(provider, None)

    def observe_try(self, provider: str, ok: bool) -> None:
        """Take in at once whether a call worked: an outage must not wait for rewards."""
        if provider in self._success:
            self._success[provider] += SUCCESS_WEIGHT * (float(ok) - self._success[provider])

    def decide(
        self,
        task: str,
        features: Mapping[str, float],
        open_to_calls: Mapping[str, bool],
        charges: Mapping[str, float] = NO_CHARGES,
        draw: str = "",
    ) -> Decision:
        """See `Policy.decide`. A candidate's score is its expected reward less its charge."""
        random = np.random.default_rng(uuid.UUID(draw).int) if draw else self._random
        names = [name for name in open_to_calls if name in self._priors]
        ready = [name for name in names if open_to_calls[name]]
        vector = context_vector(task, features)
        means = {
            name: self._value(name, float(vector @ self._fitted(name)[0])) - charges.get(name, 0.0) for name in names
        }
        chances = dict.fromkeys(names, 0.0)
        ordered = sorted(names, key=lambda name: (not open_to_calls[name], -means[name]))
        if ready:
            for name, chance in zip(ready, self._chances(ready, vector, charges, random), strict=True):
                chances[name] = float(chance)
            chosen = ready[int(random.choice(len(ready), p=[chances[name] for name in ready]))]
            ordered.remove(chosen)
            ordered.insert(0, chosen)
        candidates = tuple(
            Candidate(name, means[name], chances[name], self._reason(name, open_to_calls[name])) for name in ordered
        )
        return Decision(self.name, features, candidates)

    def dumps(self, part: int = 0) -> bytes:
        """The statistics of one partition, for others to add to theirs."""
        own = self._parts.get(part, {})
        arms = {name: {"precision": arm.precision.tolist(), "moment": arm.moment.tolist()} for name, arm in own.items()}
        return json.dumps({"version": 1, "arms": arms}).encode()

    def take_part(self, part: int, stored: bytes) -> None:
        """Statistics of a partition, in place of what was known of it. Raises `ValueError` for anything else."""
        self._parts[part] = _arms(stored)
        self._posterior.clear()

    def forget(self) -> None:
        """Only the declared strengths are known any more."""
        self._parts.clear()
        self._posterior.clear()

    def _fitted(self, name: str) -> tuple[Array, Array]:
        """Posterior mean, and a square root of the posterior covariance."""
        if name not in self._posterior:
            arms = [self._priors[name], *(part[name] for part in self._parts.values() if name in part)]
            covariance: Array = np.linalg.inv(np.sum([arm.precision for arm in arms], axis=0))
            mean: Array = covariance @ np.sum([arm.moment for arm in arms], axis=0)
            square = (covariance + covariance.T) / 2 + 1e-12 * np.eye(DIMENSIONS)
            self._posterior[name] = (mean, np.asarray(np.linalg.cholesky(square), dtype=np.float64))
        return self._posterior[name]

    def _value(self, name: str, reward: float) -> float:
        chance = self._success[name]
        return chance * reward + (1.0 - chance) * FAILURE_VALUE

    def _chances(
        self, names: Sequence[str], vector: Array, charges: Mapping[str, float], random: np.random.Generator
    ) -> Array:
        drawn = np.empty((DRAWS, len(names)))
        for place, name in enumerate(names):
            mean, root = self._fitted(name)
            spread = float(np.linalg.norm(root.T @ vector))
            rewards = float(vector @ mean) + spread * random.standard_normal(DRAWS)
            chance = self._success[name]
            drawn[:, place] = chance * rewards + (1.0 - chance) * FAILURE_VALUE - charges.get(name, 0.0)
        best = np.bincount(np.argmax(drawn, axis=1), minlength=len(names)) / DRAWS
        chances: Array = (1.0 - EXPLORATION) * best + EXPLORATION / len(names)
        return chances

    def _reason(self, name: str, is_open: bool) -> str:
        state = "" if is_open else ", takes no calls now"
        return f"expected reward, {self._success[name]:.0%} of its last calls worked{state}"


def _arms(stored: bytes) -> dict[str, Arm]:
    try:
        raw = json.loads(stored)
        if raw["version"] != 1:
            raise ValueError(f"bandit statistics of version {raw['version']}, this program reads 1")
        arms = {}
        for name, arm in raw["arms"].items():
            precision, moment = np.array(arm["precision"], float), np.array(arm["moment"], float)
            if precision.shape != (DIMENSIONS, DIMENSIONS) or moment.shape != (DIMENSIONS,):
                raise ValueError(f"bandit statistics of {name} have other dimensions")
            arms[name] = Arm(precision, moment)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not bandit statistics: {error!r}") from error
    return arms
