"""The assignment problem, and random ones of it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Choice = npt.NDArray[np.intp]

# What providers are worth to a message on average, and US dollars per thousand tokens: dear, middle, cheap, none.
WORTH = np.array([0.55, 0.40, 0.20, 0.0])
PRICES = np.array([0.010, 0.002, 0.0002, 0.0])
NONE = 3


@dataclass(frozen=True)
class Problem:
    """`values` (messages, providers), `tokens` (messages,), `costs` (messages, providers) in US dollars.

    All costs together may be `money`; each provider takes so many `requests` and so many `most_tokens`. The last
    provider is no provider: it is worth and costs nothing, and takes everybody.
    """

    values: Array
    tokens: Array
    costs: Array
    money: float
    requests: Array
    most_tokens: Array

    def fits(self, choice: Choice) -> bool:
        """Whether money and limits hold."""
        rows = np.arange(len(self.values))
        used = np.bincount(choice, minlength=len(self.requests))
        tokens = np.bincount(choice, weights=self.tokens, minlength=len(self.requests))
        return bool(
            self.costs[rows, choice].sum() <= self.money + 1e-9
            and (used <= self.requests).all()
            and (tokens <= self.most_tokens + 1e-9).all()
        )

    def worth(self, choice: Choice) -> float:
        """The sum over the messages."""
        return float(self.values[np.arange(len(self.values)), choice].sum())


def drawn(messages: int, seed: int, scarcity: float = 0.4) -> Problem:
    """A problem in which money pays for `scarcity` of the messages at the dear provider, and limits bind too."""
    random = np.random.default_rng(seed)
    # What is hard gains more from a better model; some messages gain nothing.
    hard = random.beta(1.2, 2.0, messages)
    values = WORTH + np.outer(hard - hard.mean(), [0.6, 0.3, -0.4, 0.0]) + random.normal(0, 0.08, (messages, 4))
    values[:, NONE] = 0.0
    tokens = random.lognormal(np.log(1200), 0.5, messages)
    costs = np.outer(tokens / 1000, PRICES)
    return Problem(
        values,
        tokens,
        costs,
        money=scarcity * float(costs[:, 0].sum()),
        requests=np.array([0.5 * messages, 0.6 * messages, 0.8 * messages, np.inf]),
        most_tokens=np.array([0.45, 0.5, 0.8, np.inf]) * tokens.sum(),
    )
