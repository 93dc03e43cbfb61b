"""Bands of mastery, for stages that have to mean the same by them."""

from collections.abc import Collection

BANDS = ("low", "middle", "high")
_MIDDLE, _HIGH = 0.45, 0.7
UNKNOWN = 0.5


def mean(mastery: Collection[float]) -> float:
    """The mean mastery (0 to 1) of the concepts at hand; `UNKNOWN` where there is none."""
    return sum(mastery) / len(mastery) if mastery else UNKNOWN


def band(mastery: float) -> str:
    """The band of a mean mastery."""
    if mastery < _MIDDLE:
        return "low"
    return "middle" if mastery < _HIGH else "high"
