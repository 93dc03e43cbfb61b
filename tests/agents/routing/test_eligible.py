from dataclasses import replace

import pytest

from agents.routing.eligible import dearer, spent_budget, too_short
from agents.routing.ledger import ConversationState
from agents.routing.spending import Spending
from config.providers import Budgets, Price
from tests.agents.routing.conftest import declared

DAY = 20_000
ADDRESS = "http://127.0.0.1:1/v1"


@pytest.mark.parametrize(
    ("budgets", "whose"),
    [
        ({}, None),
        ({"learner_day_usd": 3.0}, "the learner's"),
        ({"learner_day_usd": 3.1}, None),
        ({"tenant_day_usd": 5.0}, "the tenant's"),
        ({"tenant_day_usd": 5.1}, None),
        ({"day_usd": 7.0}, "the whole"),
        ({"day_usd": 7.1}, None),
        ({"learner_day_usd": 3.0, "tenant_day_usd": 5.0, "day_usd": 7.0}, "the learner's"),
    ],
)
def test_a_budget_is_spent_at_its_last_cent(budgets: dict[str, float], whose: str | None) -> None:
    state = ConversationState(spent_day=DAY, spent_micro_usd=3_000_000)
    spending = Spending()
    spending.add(0, DAY, "school", 5_000_000)
    spending.add(1, DAY, "other", 2_000_000)
    assert spent_budget(Budgets(**budgets), state, spending, "school", DAY) == whose
    assert spent_budget(Budgets(**budgets), state, spending, "school", DAY + 1) is None


def test_all_but_the_cheapest_are_dearer() -> None:
    cheap = declared("cheap", ADDRESS, price=Price(input=1, output=1))
    same = replace(cheap, name="same", price=Price(input=0.5, output=1.5))
    dear = replace(cheap, name="dear", price=Price(input=1, output=1.1))
    assert dearer([dear, cheap, same]) == [dear]
    assert dearer([]) == []


@pytest.mark.parametrize(("tokens", "names"), [(744, []), (745, ["short"]), (7936, ["short"]), (7937, [])])
def test_those_too_short_are_left_out_unless_all_are(tokens: int, names: list[str]) -> None:
    long = declared("long", ADDRESS, context_tokens=8192, max_output_tokens=256)
    short = replace(long, name="short", context_tokens=1000)
    assert [provider.name for provider in too_short([long, short], tokens)] == names
