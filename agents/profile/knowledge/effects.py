"""Learner and concept effects in log-odds, each with a variance, moved by one attempt.

An extended Kalman filter with diagonal covariance on the Rasch model: with `w = p(1−p)`, the gain of effect
`k` is `v_k / (1 + w·Σv)`. The same idea as Glicko (Glickman 1999) for answers instead of games.
"""

from math import exp, exp2

ABILITY_DRIFT = 0.0015
CONCEPT_DRIFT = 0.012
PAUSE_DRIFT_PER_DAY = 0.01
CONCEPT_HALF_LIFE_DAYS = 90.0


def sigmoid(logit: float) -> float:
    if logit >= 0.0:
        return 1.0 / (1.0 + exp(-logit if logit < 40.0 else -40.0))
    grown = exp(logit if logit > -40.0 else -40.0)
    return grown / (1.0 + grown)


def moved(
    mean: float, variance: float, weight: float, total_variance: float, surprise: float, ceiling: float
) -> tuple[float, float]:
    """Mean and variance after an answer with `surprise = y − p`, `weight = p(1−p)`."""
    gain = variance / (1.0 + weight * total_variance)
    variance *= 1.0 - weight * gain
    return mean + gain * surprise, min(variance, ceiling)


def faded(effect: float, days: float) -> float:
    """A concept effect after `days` without practice, drawn to the learner's general ability."""
    if days <= 0.0:
        return effect
    return effect * exp2(-days / CONCEPT_HALF_LIFE_DAYS)


def with_pause(variance: float, days: float, ceiling: float) -> float:
    return min(variance + PAUSE_DRIFT_PER_DAY * max(days, 0.0), ceiling)
