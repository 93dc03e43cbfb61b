"""Which dimension explains a rise: by contribution and surprise.

After Adtributor (Bhagwan et al., Adtributor: Revenue debugging in advertising systems, NSDI 2014). A value's
contribution is its share of all that came above the baselines. A dimension's surprise is the Jensen-Shannon divergence
between how the cases and how the excess spread over its values: a slow provider's excess lies with it alone, and over
the tenants it spreads as their traffic does. Of the dimensions' smallest sets of values that explain `ENOUGH`, the one
with most surprise is the cause.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import log

ENOUGH = 0.5
MOST_VALUES = 3
SURPRISING = 0.02
EVERYWHERE = "all"


@dataclass(frozen=True, slots=True)
class Cause:
    """`values` of one dimension, with the share of the excess that they explain; `EVERYWHERE` where none stands out."""

    dimension: str
    values: tuple[str, ...]
    contribution: float
    surprise: float


Excess = Mapping[tuple[str, str], tuple[float, float]]
"""(dimension, value) → cases, and what came above the baseline."""


def explain(excess: Excess, known: Collection[tuple[str, str]] = ()) -> Cause:
    """The cause of `excess`; what is in `known`, causes found before, is left out."""
    best: Cause | None = None
    for dimension in sorted({name for name, _ in excess}):
        found = _within(dimension, excess, known)
        if found is not None and (best is None or found.surprise > best.surprise + 1e-9):
            best = found
    if best is None or best.surprise < SURPRISING:
        return Cause(EVERYWHERE, (), 1.0, 0.0 if best is None else best.surprise)
    return best


def _within(dimension: str, excess: Excess, known: Collection[tuple[str, str]]) -> Cause | None:
    mine = {value: one for (name, value), one in excess.items() if name == dimension and (name, value) not in known}
    cases = sum(n for n, _ in mine.values())
    over = sum(max(off, 0.0) for _, off in mine.values())
    if cases <= 0.0 or over <= 0.0:
        return None
    surprise = {value: divergence(n / cases, max(off, 0.0) / over) for value, (n, off) in mine.items()}
    chosen: list[str] = []
    explained = 0.0
    for value in sorted(mine, key=lambda value: (-max(mine[value][1], 0.0), value)):
        chosen.append(value)
        explained += max(mine[value][1], 0.0) / over
        if explained >= ENOUGH:
            break
    if len(chosen) > MOST_VALUES:
        return None
    return Cause(dimension, tuple(chosen), explained, sum(surprise[value] for value in chosen))


def divergence(p: float, q: float) -> float:
    """One value's part of the Jensen-Shannon divergence, p its share of the cases and q that of the excess."""
    middle = (p + q) / 2.0
    return sum(0.5 * one * log(one / middle) for one in (p, q) if one > 0.0)
