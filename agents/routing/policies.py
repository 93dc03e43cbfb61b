"""Policies judged off line on logged decisions: what each would have earned, by three estimators."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agents.routing import offpolicy
from agents.routing.bandit import DIMENSIONS, Arm, context_vector
from agents.routing.offpolicy import Estimate

Array = npt.NDArray[np.float64]

# The reward model of one half of the log is fitted on the other, so that it has not seen what it explains.
FOLDS = 2
PRIOR_PRECISION = 1.0


@dataclass(frozen=True, slots=True)
class Logged:
    """One decision and its reward. `candidates`: provider → (score, propensity) as logged, the choice first."""

    task: str
    features: Mapping[str, float]
    candidates: Mapping[str, tuple[float, float]]
    provider: str
    reward: float

    @property
    def propensity(self) -> float:
        """The probability with which the provider that answered was picked first; 0 where it was a fallback."""
        name, (_, propensity) = next(iter(self.candidates.items()), ("", (0.0, 0.0)))
        return propensity if name == self.provider else 0.0

    @property
    def callable(self) -> list[str]:
        """The providers that could have been picked."""
        return [name for name, (_, propensity) in self.candidates.items() if propensity > 0]


# Gives a provider's probability for each that could have been picked.
Target = Callable[[Logged], Mapping[str, float]]


def uniform(decision: Logged) -> Mapping[str, float]:
    """Each provider that took calls alike."""
    names = decision.callable
    return dict.fromkeys(names, 1.0 / len(names))


def greedy(decision: Logged) -> Mapping[str, float]:
    """Always the one with the best score, without exploration."""
    return {max(decision.callable, key=lambda name: decision.candidates[name][0]): 1.0}


def as_logged(decision: Logged) -> Mapping[str, float]:
    """The policy that made the log."""
    return {name: propensity for name, (_, propensity) in decision.candidates.items()}


def always(provider: str) -> Target:
    """One provider; any other alike where that one took no calls."""

    def target(decision: Logged) -> Mapping[str, float]:
        return {provider: 1.0} if provider in decision.callable else uniform(decision)

    return target


def targets(names: Iterable[str]) -> dict[str, Target]:
    """All that can be judged on a log with these providers, by name."""
    return {
        "logged": as_logged,
        "greedy": greedy,
        "uniform": uniform,
        **{f"always:{name}": always(name) for name in names},
    }


@dataclass(frozen=True, slots=True)
class Judged:
    """What a policy would have earned on average. The three estimates have intervals of 95 %."""

    ips: Estimate
    snips: Estimate
    doubly_robust: Estimate


def judge(log: Sequence[Logged], target: Target) -> Judged:
    """Judge a policy on a log whose decisions all have a propensity above 0. Raises `ValueError` for others."""
    names = sorted({name for decision in log for name in decision.candidates})
    place = {name: number for number, name in enumerate(names)}
    chosen = np.array([place[decision.provider] for decision in log])
    logged = np.array([decision.propensity for decision in log])
    rewards = np.array([decision.reward for decision in log])
    wanted = np.zeros((len(log), len(names)))
    for row, decision in enumerate(log):
        for name, chance in target(decision).items():
            wanted[row, place[name]] = chance
    on_choice = wanted[np.arange(len(log)), chosen]
    return Judged(
        offpolicy.ips(logged, on_choice, rewards),
        offpolicy.snips(logged, on_choice, rewards),
        offpolicy.doubly_robust(logged, wanted, chosen, rewards, _expected(log, names)),
    )


def _expected(log: Sequence[Logged], names: Sequence[str]) -> Array:
    """A linear model's reward of each provider for each decision, (decisions, providers), cross-fitted."""
    vectors = np.array([context_vector(decision.task, decision.features) for decision in log])
    expected = np.zeros((len(log), len(names)))
    for fold in range(FOLDS):
        arms = {name: Arm(PRIOR_PRECISION * np.eye(DIMENSIONS), np.zeros(DIMENSIONS)) for name in names}
        for row, decision in enumerate(log):
            if row % FOLDS != fold:
                arm, vector = arms[decision.provider], vectors[row]
                arm.precision += np.outer(vector, vector)
                arm.moment += vector * decision.reward
        for column, name in enumerate(names):
            weights = np.linalg.solve(arms[name].precision, arms[name].moment)
            expected[fold::FOLDS, column] = vectors[fold::FOLDS] @ weights
    return expected
