"""Fading averages in a flat list of numbers: three per quantity, so that a learner's forty take under a kilobyte."""

from math import sqrt

FADING = 0.995
"""Weight of everything so far when one more value is noted: about the last 200 values count."""
WIDTH = 3

Sums = list[float]


def zeros(quantities: int) -> Sums:
    return [0.0] * (WIDTH * quantities)


def note(sums: Sums, quantity: int, value: float) -> None:
    """Count `value` in. The three numbers are the effective count, the sum and the sum of squares."""
    at = quantity * WIDTH
    sums[at] = sums[at] * FADING + 1.0
    sums[at + 1] = sums[at + 1] * FADING + value
    sums[at + 2] = sums[at + 2] * FADING + value * value


def count(sums: Sums, quantity: int) -> float:
    """Effective number of values, at most `1 / (1 − FADING)`."""
    return sums[quantity * WIDTH]


def mean(sums: Sums, quantity: int, prior: float = 0.0, weight: float = 0.0) -> float:
    """Mean of the values and of `weight` further ones at `prior`; `prior` where there are neither."""
    at = quantity * WIDTH
    total = sums[at] + weight
    return (sums[at + 1] + prior * weight) / total if total > 0.0 else prior


def variance(sums: Sums, quantity: int, prior: float, weight: float = 2.0) -> float:
    """Variance of the values around their mean, with `weight` further ones of variance `prior`."""
    at = quantity * WIDTH
    n = sums[at]
    if n <= 0.0:
        return prior
    centre = sums[at + 1] / n
    spread = max(sums[at + 2] - n * centre * centre, 0.0)
    return (spread + prior * weight) / (n + weight)


def standard_error(sums: Sums, quantity: int, prior: float, weight: float = 2.0) -> float:
    """Of the mean. `prior` and `weight` as in `variance`."""
    # `variance` over the count, written out: a snapshot has seven of them.
    at = quantity * WIDTH
    n = sums[at]
    if n <= 0.0:
        return sqrt(prior)
    total = sums[at + 1]
    spread = sums[at + 2] - total * total / n
    if spread < 0.0:
        spread = 0.0
    return sqrt((spread + prior * weight) / (n + weight) / (n if n > 1.0 else 1.0))


def share(sums: Sums, quantity: int) -> tuple[float, float]:
    """Posterior mean and standard deviation of a share under a uniform prior, of values that are 0 or 1."""
    at = quantity * WIDTH
    total = sums[at] + 2.0
    p = (sums[at + 1] + 1.0) / total
    return p, sqrt(p * (1.0 - p) / (total + 1.0))
