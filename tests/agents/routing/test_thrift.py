import numpy as np
import pytest

from agents.routing.thrift import DAY_SECONDS, LEAST, WINDOW, Thrift, chosen, price_of_money

# Three messages: what a dear provider gains over a free one differs, its cost does not.
VALUES = np.array([[0.9, 0.1], [0.5, 0.1], [0.2, 0.1]])
COSTS = np.array([[1.0, 0.0]] * 3)


@pytest.mark.parametrize(
    ("money", "dear"), [(3.0, [0, 1, 2]), (2.9, [0, 1]), (2.0, [0, 1]), (1.0, [0]), (0.5, []), (0.0, [])]
)
def test_money_goes_to_those_that_gain_most(money: float, dear: list[int]) -> None:
    price = price_of_money(VALUES, COSTS, money)
    assert np.flatnonzero(chosen(VALUES, COSTS, price) == 0).tolist() == dear


def test_money_that_is_enough_has_no_price() -> None:
    assert price_of_money(VALUES, COSTS, 3.0) == 0.0
    assert price_of_money(VALUES[:0], COSTS[:0], 0.0) == 0.0


def test_spending_by_the_price_is_within_the_money_and_lower_prices_are_not() -> None:
    random = np.random.default_rng(0)
    for _ in range(50):
        values, costs = random.normal(size=(60, 4)), random.exponential(size=(60, 4))
        cheapest = float(costs.min(axis=1).sum())
        money = cheapest + random.uniform(0.05, 1.0) * (float(costs.mean(axis=1).sum()) - cheapest)
        price = price_of_money(values, costs, money)
        rows = np.arange(60)
        assert costs[rows, chosen(values, costs, price)].sum() <= money
        if price:
            assert costs[rows, chosen(values, costs, 0.999 * price)].sum() > money


def day(thrift: Thrift, messages: int, spends: bool) -> tuple[float, list[bool]]:
    """Messages at even intervals over a day; what they spent, and which of them got the dear provider."""
    random = np.random.default_rng(1)
    spent, dear = 0.0, []
    for n in range(messages):
        values = {"dear": float(random.uniform(0, 1)), "free": 0.0}
        dear.append(values["dear"] > thrift.price)
        spent += dear[-1] and spends
        thrift.seen(n * (DAY_SECONDS - 1) / messages, values, {"dear": 1.0, "free": 0.0}, spent)
    return spent, dear


def test_money_lasts_for_the_whole_day() -> None:
    spent, dear = day(Thrift(500.0), 2000, spends=True)
    assert 400 <= spent <= 550
    assert sum(dear[-500:]) > 60


def test_money_that_is_plenty_is_spent_as_it_is_wished() -> None:
    _, dear = day(Thrift(1e6), 500, spends=True)
    assert all(dear)


def test_worker_reckons_with_its_part() -> None:
    alone, of_four = Thrift(100.0), Thrift(100.0, workers=4)
    day(alone, WINDOW, spends=False)
    day(of_four, WINDOW, spends=False)
    assert of_four.price > alone.price > 0


def test_without_a_budget_or_too_few_messages_nothing_is_charged() -> None:
    for thrift, messages in ((Thrift(0.0), 500), (Thrift(1e-9), LEAST - 1)):
        day(thrift, messages, spends=False)
        assert thrift.price == 0.0


def test_provider_that_some_could_not_have_is_no_choice_of_theirs() -> None:
    thrift = Thrift(1.0)
    for n in range(WINDOW):
        values = {"dear": 1.0, "free": 0.0} if n % 2 else {"free": 0.0}
        thrift.seen(float(n), values, {"dear": 1.0, "free": 0.0}, 0.0)
    assert 0.9 < thrift.price < 1.1
