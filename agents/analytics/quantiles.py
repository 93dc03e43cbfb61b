"""Quantiles of positive figures from a histogram with buckets of constant relative width.

DDSketch (Masson, Rim & Lee, VLDB 2019): bucket *i* holds (γ^(i-1), γ^i] with γ = (1 + a) / (1 - a), so that a quantile
is off by at most the share `ACCURACY` of its value. Counts are whole numbers, so sketches add up in any order.
"""

import math
from collections.abc import Iterable, Mapping

from agents.analytics import varint

ACCURACY = 0.02
GAMMA = (1 + ACCURACY) / (1 - ACCURACY)
LOG_GAMMA = math.log(GAMMA)
SMALLEST = 1e-3
LARGEST = 1e12
VERSION = 1

Buckets = dict[int, int]


def bucket(value: float) -> int:
    """The bucket of `value`; what is at or below `SMALLEST` shares one, what is above `LARGEST` another."""
    return math.ceil(math.log(min(max(value, SMALLEST), LARGEST)) / LOG_GAMMA)


def add(buckets: Buckets, value: float) -> None:
    """Count `value`."""
    index = bucket(value)
    buckets[index] = buckets.get(index, 0) + 1


def merged(parts: Iterable[Mapping[int, int]]) -> Buckets:
    """The sketch of all that the parts have counted."""
    total: Buckets = {}
    for part in parts:
        for index, count in part.items():
            total[index] = total.get(index, 0) + count
    return total


def quantile(buckets: Mapping[int, int], share: float) -> float | None:
    """The value that `share` (0 to 1) of the counted ones do not exceed, within `ACCURACY`; None of nothing."""
    total = sum(buckets.values())
    if not total:
        return None
    rank = max(1, math.ceil(share * total))
    seen = 0
    for index in sorted(buckets):
        seen += buckets[index]
        if seen >= rank:
            return float(2 * GAMMA**index / (GAMMA + 1))
    raise AssertionError("the counts do not add up")


def dumps(buckets: Mapping[int, int]) -> bytes:
    """The sketch as bytes: the version, then by bucket the step from the one before (zigzag) and the count."""
    out = bytearray([VERSION])
    last = 0
    for index in sorted(buckets):
        varint.put(out, varint.zigzag(index - last))
        varint.put(out, buckets[index])
        last = index
    return bytes(out)


def loads(data: bytes) -> Buckets:
    """The sketch in `data`. Raises `ValueError`."""
    if data[:1] != bytes([VERSION]):
        raise ValueError("not a quantile sketch of a version that this program reads")
    buckets: Buckets = {}
    numbers = varint.numbers(data[1:])
    last = 0
    for step in numbers:
        last += varint.unzigzag(step)
        buckets[last] = next(numbers)
    return buckets
