"""What another policy would have earned, from logged decisions: IPS, self-normalised IPS and doubly robust.

Dudík, Langford & Li, *Doubly Robust Policy Evaluation and Learning*, ICML 2011; Swaminathan & Joachims, *The
Self-Normalized Estimator for Counterfactual Learning*, NeurIPS 2015.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

# Of the bootstrap. One after the other, so that a month of decisions takes no more memory than itself.
ROUNDS = 500


@dataclass(frozen=True, slots=True)
class Estimate:
    """A policy's mean reward with its 95 % interval. `effective` is the sample size that the weights leave."""

    value: float
    low: float
    high: float
    effective: float


def _checked(logged: Array, target: Array, rewards: Array) -> Array:
    if not (len(logged) == len(target) == len(rewards) > 0):
        raise ValueError("propensities and rewards must be as many, and at least one")
    if np.any(logged <= 0) or np.any(logged > 1):
        raise ValueError("logged propensities must lie above 0 and not above 1")
    # Not cut off: a policy that explores a little would seem worth a fraction of what it is.
    weights: Array = target / logged
    return weights


def _effective(weights: Array) -> float:
    squares = float(np.sum(weights**2))
    return float(np.sum(weights)) ** 2 / squares if squares else 0.0


def _mean(parts: Array, weights: Array) -> Estimate:
    value = float(parts.mean())
    error = float(parts.std(ddof=1) / np.sqrt(len(parts))) if len(parts) > 1 else float("inf")
    return Estimate(value, value - 1.96 * error, value + 1.96 * error, _effective(weights))


def ips(logged: Array, target: Array, rewards: Array) -> Estimate:
    """Inverse propensity: `logged` and `target` are the two policies' probabilities of the logged choices, (n,)."""
    weights = _checked(logged, target, rewards)
    return _mean(weights * rewards, weights)


def snips(logged: Array, target: Array, rewards: Array, seed: int = 0) -> Estimate:
    """Self-normalised: the weighted mean of the rewards, its interval by bootstrap."""
    weights = _checked(logged, target, rewards)
    if not weights.any():
        return Estimate(float("nan"), float("-inf"), float("inf"), 0.0)
    random = np.random.default_rng(seed)
    weighted = weights * rewards
    found = []
    for _ in range(ROUNDS):
        drawn = random.integers(0, len(weights), len(weights))
        if (total := weights[drawn].sum()) > 0:
            found.append(weighted[drawn].sum() / total)
    low, high = np.percentile(found, [2.5, 97.5])
    return Estimate(float(weights @ rewards / weights.sum()), float(low), float(high), _effective(weights))


def doubly_robust(
    logged: Array, target_all: Array, chosen: npt.NDArray[np.int64], rewards: Array, expected: Array
) -> Estimate:
    """Doubly robust: `target_all` and `expected` (n, providers) are the policy's probabilities and a model's rewards.

    Right where either the propensities or the model are.
    """
    rows = np.arange(len(chosen))
    weights = _checked(logged, target_all[rows, chosen], rewards)
    by_model = np.sum(target_all * expected, axis=1)
    return _mean(by_model + weights * (rewards - expected[rows, chosen]), weights)
