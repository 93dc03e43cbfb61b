"""Exponential backoff with full jitter."""

from random import Random

BASE_SECONDS = 0.1
MOST_SECONDS = 4.0


def wait(round_number: int, random: Random, base: float = BASE_SECONDS, most: float = MOST_SECONDS) -> float:
    """Seconds to wait before round `round_number` (1 is the first repeat).

    Uniform between half and the whole of base·2^(round−1), capped: "equal jitter" of Brooker, *Exponential Backoff
    And Jitter*, AWS Architecture Blog 2015. Some wait always remains, so a lone caller does not spin.
    """
    span: float = min(most, base * 2.0 ** min(round_number - 1, 30))
    return span / 2 + random.random() * span / 2
