"""Bayesian knowledge tracing: known or not, with guess and slip kept apart.

Corbett & Anderson, Knowledge tracing: modeling the acquisition of procedural knowledge, UMUAI 1995.
"""

from math import exp2

KNOWN_AT_FIRST = 0.45
LEARNED_PER_ATTEMPT = 0.10
FORGETTING_DAYS = 60.0
"""After this many days without practice, what is known moves half-way back to `KNOWN_AT_FIRST`."""


def p_right(known: float, guess: float, slip: float) -> float:
    return known * (1.0 - slip) + (1.0 - known) * guess


def posterior(known: float, guess: float, slip: float, correct: bool) -> float:
    """Probability that the concept was known when the answer was given."""
    if correct:
        hit = known * (1.0 - slip)
        return hit / (hit + (1.0 - known) * guess)
    miss = known * slip
    return miss / (miss + (1.0 - known) * (1.0 - guess))


def after_practice(known: float) -> float:
    """The chance to have learned it from the attempt itself."""
    known += (1.0 - known) * LEARNED_PER_ATTEMPT
    return min(max(known, 0.005), 0.995)


def after_pause(known: float, days: float) -> float:
    if days <= 0.0 or known <= KNOWN_AT_FIRST:
        return known
    return KNOWN_AT_FIRST + (known - KNOWN_AT_FIRST) * exp2(-days / FORGETTING_DAYS)
