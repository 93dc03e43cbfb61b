"""Quality against cost: the measures of Ong et al., *RouteLLM*, ICLR 2025 (arXiv 2406.18665).

PGR(x) = (quality of the router at share x − weak) / (strong − weak), APGR its mean over all shares, CPT(p) the smallest
share with PGR ≥ p. With more than two models the share becomes the cost on the way from the cheapest model's to that
of the best single model.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

GRID = np.linspace(0.0, 1.0, 1001)
PRICE_WEIGHTS = 400


@dataclass(frozen=True)
class Curve:
    """Quality at each share of `GRID`, the weak and the strong model's quality, and cost (strong alone = 1)."""

    quality: Array
    weak: float
    strong: float
    cost: Array

    @property
    def pgr(self) -> Array:
        """Performance gap recovered at each share; NaN where the cheapest model is the best: there is no gap."""
        if self.strong <= self.weak:
            return np.full(len(GRID), np.nan)
        return (self.quality - self.weak) / (self.strong - self.weak)

    @property
    def apgr(self) -> float:
        """Its mean over the shares, NaN without a gap."""
        return float(np.trapezoid(self.pgr, GRID))

    def cpt(self, level: float) -> float | None:
        """The smallest share from which on `level` of the gap is recovered at least once; None where it never is."""
        reached = np.flatnonzero(self.pgr >= level)
        return float(GRID[reached[0]]) if len(reached) else None

    def cost_at(self, level: float) -> float | None:
        """The smallest cost, relative to the strong model alone, with `level` of the strong model's quality."""
        reached = np.flatnonzero(self.quality >= level * self.strong)
        return float(self.cost[reached[0]]) if len(reached) else None


def ends(quality: Array, prices: Array) -> tuple[int, int]:
    """The cheapest model (the better one of equals) and the one with the best mean quality."""
    means = quality.mean(axis=0)
    cheapest = int(np.lexsort((-means, prices))[0])
    return cheapest, int(np.argmax(means))


def curve(predicted: Array, quality: Array, prices: Array) -> Curve:
    """The curve of a router that picks by `predicted` quality less a price weight, swept over all weights.

    All are (questions, models); `prices` (models,). Two models give the exact curve over all shares of strong calls.
    """
    weak, strong = ends(quality, prices)
    if quality.shape[1] == 2:
        return _two(
            predicted[:, strong] - predicted[:, weak], quality[:, weak], quality[:, strong], prices[[weak, strong]]
        )
    return _many(predicted, quality, prices, weak, strong)


def _two(gain: Array, weak: Array, strong: Array, prices: Array) -> Curve:
    # Those that gain most get the strong model first.
    order = np.argsort(-gain, kind="stable")
    total = np.concatenate([[0.0], np.cumsum((strong - weak)[order])]) / len(gain)
    shares = np.arange(len(gain) + 1) / len(gain)
    cost = (prices[0] + GRID * (prices[1] - prices[0])) / prices[1]
    level = float(weak.mean())
    return Curve(level + np.interp(GRID, shares, total), level, float(strong.mean()), cost)


def _many(predicted: Array, quality: Array, prices: Array, weak: int, strong: int) -> Curve:
    rows = np.arange(len(quality))
    spread = max(float(np.ptp(predicted)), 1e-9) / max(float(np.ptp(prices)), 1e-9)
    points = [(float(prices[weak]), float(quality[:, weak].mean()))]
    for weight in [0.0, *np.geomspace(1e-4, 1e2, PRICE_WEIGHTS) * spread]:
        chosen = np.argmax(predicted - weight * prices, axis=1)
        points.append((float(prices[chosen].mean()), float(quality[rows, chosen].mean())))
    points.sort()
    costs = np.array([cost for cost, _ in points])
    # Not the best of what is cheaper: which weight does best is only known from the outcomes.
    values = np.array([value for _, value in points])
    at = prices[weak] + GRID * (prices[strong] - prices[weak])
    means = quality.mean(axis=0)
    return Curve(np.interp(at, costs, values), float(means[weak]), float(means[strong]), at / prices[strong])


def interval(predicted: Array, quality: Array, prices: Array, rounds: int = 400, seed: int = 0) -> tuple[float, float]:
    """The 95 % bootstrap interval of APGR over questions, of the draws that have a gap; NaN where none has."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(rounds):
        rows = random.integers(0, len(quality), len(quality))
        found.append(curve(predicted[rows], quality[rows], prices).apgr)
    if np.isnan(found).all():
        return float("nan"), float("nan")
    low, high = np.nanpercentile(found, [2.5, 97.5])
    return float(low), float(high)
