"""While the day's budget binds: which messages get the dear provider.

Giving messages to providers so that the sum of what they are worth is greatest and the sum of what they cost stays
within the money is an assignment problem. In its linear program's dual there is a price of money, and each message
takes the provider that is worth most to it less that price times the cost: so no message has to wait for others. The
price is found on the last messages and the money for as long as they took, and used for the next ones.
`make bench-assignment` sets it beside greedy, exact and annealed assignments.
"""

from collections import deque
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

# Messages that the price is found on, how many there must be, and after how many it is found anew.
WINDOW = 256
LEAST = 64
RENEWED_AFTER = 32
DAY_SECONDS = 86_400.0
HALVINGS = 50


def chosen(values: Array, costs: Array, price: float) -> npt.NDArray[np.intp]:
    """Each message's provider at that price of a dollar. `values`, `costs`: (messages, providers)."""
    choice: npt.NDArray[np.intp] = np.argmax(values - price * costs, axis=1)
    return choice


def price_of_money(values: Array, costs: Array, money: float) -> float:
    """The lowest price of a dollar at which the messages spend no more than `money`; 0 where it does not bind.

    Where even the cheapest choices cost more, the price at which all of them are made.
    """
    rows = np.arange(len(values))

    def spent(price: float) -> float:
        return float(costs[rows, chosen(values, costs, price)].sum())

    if not len(values) or spent(0.0) <= money:
        return 0.0
    cheapest = np.argmin(costs, axis=1)
    more = costs - costs[rows, cheapest][:, None]
    gained = values - values[rows, cheapest][:, None]
    highest = float(np.max(np.divide(gained, more, out=np.zeros_like(gained), where=more > 0)))
    low, high = 0.0, 1.01 * highest
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if spent(middle) > money else (low, middle)
    return high


class Thrift:
    """Keeps the day's spending in step with the day. A worker reckons with its part of the money: one in `workers`."""

    def __init__(self, day_usd: float, workers: int = 1) -> None:
        self._day_usd = day_usd
        self._workers = workers
        self._seen: deque[tuple[float, dict[str, float], dict[str, float]]] = deque(maxlen=WINDOW)
        self._since = 0
        self.price = 0.0

    def seen(self, now: float, values: Mapping[str, float], costs: Mapping[str, float], spent_usd: float) -> None:
        """A message to which its providers are worth `values` and would cost `costs` US dollars.

        `now` is in seconds since the epoch (days are UTC's), `spent_usd` what the day has cost so far, for all workers.
        """
        if not self._day_usd or not values:
            return
        self._seen.append((now, dict(values), dict(costs)))
        self._since += 1
        if len(self._seen) >= LEAST and self._since >= RENEWED_AFTER:
            self._since = 0
            self.price = self._found(now, spent_usd)

    def _found(self, now: float, spent_usd: float) -> float:
        names = sorted({name for _, values, _ in self._seen for name in values})
        # A provider that a message could not have had is no choice of its.
        values = np.array([[of.get(name, -np.inf) for name in names] for _, of, _ in self._seen])
        costs = np.array([[of.get(name, 0.0) for name in names] for _, _, of in self._seen])
        worst = np.where(np.isfinite(values), values, np.inf).min(initial=0.0)
        dearest = costs.max(initial=0.0)
        out = ~np.isfinite(values)
        values[out], costs[out] = worst - 1.0, dearest + 1.0
        seconds_left = DAY_SECONDS - now % DAY_SECONDS
        seconds = max(1e-3, now - self._seen[0][0])
        money = max(0.0, self._day_usd - spent_usd) / self._workers * min(1.0, seconds / seconds_left)
        return price_of_money(values, costs, money)
