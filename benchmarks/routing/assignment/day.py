"""A day of messages one by one under the day's budget: what the price of money earns that spending freely does not."""

import numpy as np

from agents.routing.thrift import DAY_SECONDS, Thrift, chosen, price_of_money
from benchmarks.routing.assignment.problem import drawn

NAMES = ("dear", "middle", "cheap")
CHEAP = 2


def earned(messages: int, seed: int, scarcity: float) -> dict[str, float]:
    """The worth of all replies by how the providers were chosen, as a share of what hindsight gets above the cheapest.

    `spent_by_price` is the share of the budget that the price spends. Messages come with the hours of a day: few at
    night, many in the evening.
    """
    problem = drawn(messages, seed, scarcity)
    values, costs = problem.values[:, : len(NAMES)], problem.costs[:, : len(NAMES)]
    random = np.random.default_rng(seed)
    hours = np.clip(random.normal(16, 4, messages), 0, 23.99)
    moments = np.sort(hours) * 3600.0
    rows = np.arange(messages)
    cheap = float(values[:, CHEAP].sum())
    best = chosen(values, costs, price_of_money(values, costs, problem.money))
    most = float(values[rows, best].sum()) - cheap

    spent, freely = 0.0, 0.0
    for value, cost in zip(values, costs, strict=True):
        taken = int(np.argmax(value)) if spent < problem.money else CHEAP
        spent += cost[taken]
        freely += value[taken]

    thrift, spent, by_price = Thrift(problem.money), 0.0, 0.0
    for moment, value, cost in zip(moments, values, costs, strict=True):
        taken = int(np.argmax(value - thrift.price * cost)) if spent < problem.money else CHEAP
        spent += cost[taken]
        by_price += value[taken]
        named = dict(zip(NAMES, value.tolist(), strict=True)), dict(zip(NAMES, cost.tolist(), strict=True))
        thrift.seen(min(moment, DAY_SECONDS - 1), *named, spent)
    return {
        "until_it_is_spent": (freely - cheap) / most,
        "by_price": (by_price - cheap) / most,
        "spent_by_price": spent / problem.money,
    }
