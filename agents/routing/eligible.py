"""Which providers a message may not go to: those that a spent budget is too small for, and those too short for it."""

from collections.abc import Collection

from agents.routing.ledger import ConversationState
from agents.routing.spending import Spending
from config.providers import Budgets, Provider


def spent_budget(budgets: Budgets, state: ConversationState, spending: Spending, tenant: str, day: int) -> str | None:
    """Whose budget for the day is spent; None where there is money left."""
    if budgets.learner_day_usd and state.spent_usd(day) >= budgets.learner_day_usd:
        return "the learner's"
    if budgets.tenant_day_usd and spending.usd(day, tenant) >= budgets.tenant_day_usd:
        return "the tenant's"
    if budgets.day_usd and spending.usd(day) >= budgets.day_usd:
        return "the whole"
    return None


def dearer(providers: Collection[Provider]) -> list[Provider]:
    """All but the cheapest, by the price of a token of each kind."""
    prices = [provider.price.input + provider.price.output for provider in providers]
    return [provider for provider, price in zip(providers, prices, strict=True) if price > min(prices)]


def too_short(providers: Collection[Provider], prompt_tokens: int) -> list[Provider]:
    """Those whose context does not hold the prompt and the longest reply; none, where that goes for all.

    They would refuse. That the local count is an estimate is no reason to ask them, while others can take it.
    """
    short = [one for one in providers if prompt_tokens + one.max_output_tokens > one.context_tokens]
    return short if len(short) < len(providers) else []
