"""What the replayed stages run with: the live settings, or those with changes made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from agents.emotion.plan import PlanRules
from agents.emotion.trend import TrendRules
from config.experiments import Experiment
from config.providers import Budgets, Provider, ProviderEntry, provider_of
from config.settings import Settings

PolicyName = Literal["declared-order", "bandit"]
ModelName = Literal["encoder", "ngrams"]


@dataclass(frozen=True, slots=True)
class Program:
    """`providers`: by name, in declared order; `entries`: as they are declared. `policy`, `model`, `template`: None for
    what the records name. `budgets`: None for what the records say came of them. `added`: providers that are weighed
    for every message, `without`: those that are for none; the others are where a recorded decision weighed them.
    """

    settings: Settings
    providers: Mapping[str, Provider]
    entries: tuple[ProviderEntry, ...] = ()
    experiments: tuple[Experiment, ...] = ()
    policy: PolicyName | None = None
    budgets: Budgets | None = None
    added: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    template: int | None = None
    model: ModelName | None = None
    artefact: Path | None = None
    trend: TrendRules = field(default_factory=TrendRules)
    plan: PlanRules = field(default_factory=PlanRules)


def providers_of(
    entries: Iterable[ProviderEntry], models: Mapping[str, str], prices_as_of: str = ""
) -> dict[str, Provider]:
    """By name, in declared order, without keys: nothing is called. `models` is what the records say of them."""
    return {
        entry.name: provider_of(
            entry,
            model=models.get(entry.name) or entry.model,
            client=entry.client,
            key="",
            api_base=entry.api_base,
            prices_as_of=prices_as_of,
        )
        for entry in entries
    }
