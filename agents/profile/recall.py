"""The forgetting curve of FSRS-6. Its parameters are the `fsrs` library's."""

from fsrs.scheduler import DEFAULT_PARAMETERS

W = DEFAULT_PARAMETERS
DECAY = -W[20]
FACTOR = 0.9 ** (1.0 / DECAY) - 1.0
DAY = 86_400_000_000
"""Microseconds."""
FACTOR_PER_MICROSECOND = FACTOR / DAY


def recall_after(stability: float, elapsed: int) -> float | None:
    """Probability of recall `elapsed` microseconds after the last attempt, `(1 + F·t/S)^D` with t in days; None for
    a concept that was never attempted."""
    if stability <= 0.0:
        return None
    if elapsed <= 0:
        return 1.0
    recall: float = (1.0 + FACTOR_PER_MICROSECOND * elapsed / stability) ** DECAY
    return recall
