"""How long the next attempt will take: log-normal around what all learners take, moved by learner and practice.

    log t = typical(concept, item) + share · pace + fast + practice

`typical` is the mean log time of all learners on the item, drawn to that on its concept. `pace` is the learner's own
mean deviation from it, `fast` what the last few attempts were off beyond that, and `practice` the mean deviation of
all learners after as many attempts on the concept, which falls (the power law of practice: Newell & Rosenbloom, 1981).
Response times as log-normal with a speed for each person: van der Linden, A lognormal model for response times on
test items, JEBS 2006.
"""

from dataclasses import dataclass
from math import erf, exp, log1p, sqrt

from agents.profile import averages
from agents.profile.behaviour import PACE as SHARED_PACE
from agents.profile.behaviour import Behaviour
from agents.profile.state import ProfileState
from agents.profile.traits import PACE

MODEL = "log-normal-1"
MIN_SEEN = 5.0
"""Times of other learners on a concept before anything is expected of the next one."""
ITEM_WEIGHT = 5.0
PACE_WEIGHT = 3.0
PACE_SHARE = 0.35
FAST_SHARE = 0.5
FAST_STEP = 0.2
PRACTICE_WEIGHT = 10.0
SPREAD_PRIOR = 0.25
SPREAD_WEIGHT = 5.0
MAX_KEYS = 5000
"""Shared sums after which no further item gets its own: a partition publishes them in one record."""
RECENT = "recent_pace"
PRACTICE = "practice"
ITEM_PACE = "item_pace"


@dataclass(frozen=True, slots=True)
class Expected:
    """Logs of seconds: the `mean` expected, its standard deviation, and what is `typical` of all learners."""

    mean: float
    spread: float
    typical: float

    @property
    def seconds(self) -> float:
        """The median expected, seconds."""
        return exp(self.mean)

    @property
    def slower(self) -> float:
        """Probability of taking longer than is typical."""
        return 0.5 * (1.0 + erf((self.mean - self.typical) / (self.spread * sqrt(2.0))))


def expect(state: ProfileState, behaviour: Behaviour, concept: str, item: str | None, attempts: int) -> Expected | None:
    """What the next attempt on `concept`, the learner's number `attempts` + 1 on it, will take; None before others
    have shown what it takes."""
    sums = behaviour.total.get(f"{SHARED_PACE}|{concept}")
    if sums is None or sums[0] < MIN_SEEN:
        return None
    typical = sums[1] / sums[0]
    mean = typical
    own = behaviour.total.get(_item(concept, item)) if item is not None else None
    if own is not None:
        mean += own[1] / (own[0] + ITEM_WEIGHT)
    practice = behaviour.total.get(_practice(attempts), (0.0, 0.0, 0.0))
    mean += practice[1] / (practice[0] + PRACTICE_WEIGHT)
    mean += PACE_SHARE * averages.mean(state.sums, PACE, 0.0, PACE_WEIGHT)
    mean += FAST_SHARE * state.risks.get(RECENT, [0.0])[0]
    errors = state.risks.get(RECENT, [0.0, SPREAD_PRIOR * SPREAD_WEIGHT, SPREAD_WEIGHT])
    return Expected(mean, sqrt(max(errors[1] / errors[2], 0.01)), typical)


def note(
    state: ProfileState,
    behaviour: Behaviour,
    concept: str,
    item: str | None,
    attempts: int,
    log_seconds: float,
    expected: Expected | None,
) -> None:
    """Learn from what the attempt took."""
    if expected is None:
        return
    off = log_seconds - expected.typical
    fast, squares, weight = state.risks.get(RECENT, [0.0, SPREAD_PRIOR * SPREAD_WEIGHT, SPREAD_WEIGHT])
    error = log_seconds - expected.mean
    squares = squares * averages.FADING + error * error
    weight = weight * averages.FADING + 1.0
    state.risks[RECENT] = [fast + FAST_STEP * (off - fast), squares, weight]
    behaviour.add(_practice(attempts), off)
    key = _item(concept, item) if item is not None else ""
    if key and (key in behaviour.total or len(behaviour.total) < MAX_KEYS):
        behaviour.add(key, off)


def _practice(attempts: int) -> str:
    return f"{PRACTICE}|{min(int(2.0 * log1p(attempts)), 8)}"


def _item(concept: str, item: str | None) -> str:
    return f"{ITEM_PACE}|{concept}|{item}"
