"""A CUSUM chart of one series of minutes: has its level risen?

Page, Continuous inspection schemes, Biometrika 1954; for shares with the Bernoulli likelihood ratio of Reynolds &
Stoumbos, A CUSUM chart for monitoring a proportion, JQT 1999. The baseline is the series' own past, fading. Minutes
that vary more than their counts explain (learners differ) weigh less, by the dispersion measured so far. A series
whose alarm is raised learns nothing, so that a fault does not become the normal state before `FROZEN_MINUTES`.
"""

from dataclasses import astuple, dataclass
from math import log
from typing import Any, Self

THRESHOLD = 12.0
"""Log-likelihood ratio that raises an alarm. A run of healthy minutes reaches h once in exp(h) or more of them."""
MOST = 1.5 * THRESHOLD
HEALING = 0.85
MOST_A_MINUTE = THRESHOLD / 2.0
"""One minute alone raises nothing."""
CALM = THRESHOLD / 4.0
ODDS = (3.0, 10.0)
"""Multiples of the baseline's odds that the chart looks for: a small rise for long, a large one at once."""
SLOWER = (log(1.6), log(2.5))
WARM_CASES, WARM_MINUTES = 200.0, 20
MEMORY_CASES = 20_000.0
LEAST_SHARE = 0.005
DISPERSION_FADING = 0.99
FROZEN_MINUTES = 6 * 60


@dataclass(slots=True)
class Chart:
    """`n`, `total` and `squares` are the baseline's sums; `chi` and `minutes_seen` those of the dispersion; `small`
    and `large` are the chart's statistics for a small and a large rise, `since` the minute from which one has been
    above 0."""

    is_log: bool
    n: float = 0.0
    total: float = 0.0
    squares: float = 0.0
    chi: float = 10.0
    chi_n: float = 10.0
    minutes: int = 0
    small: float = 0.0
    large: float = 0.0
    since: int = 0
    raised: bool = False
    raised_minutes: int = 0
    last: int = 0

    @property
    def warm(self) -> bool:
        """Whether there is enough of a past."""
        return self.n >= WARM_CASES and self.minutes >= WARM_MINUTES

    @property
    def sum(self) -> float:
        """The chart's statistic."""
        return max(self.small, self.large)

    @property
    def level(self) -> float:
        """The baseline's mean: a share, or a log."""
        mean = (self.total + (0.0 if self.is_log else 0.5)) / (self.n + (0.0 if self.is_log else 1.0) or 1.0)
        return mean if self.is_log else min(max(mean, LEAST_SHARE), 0.95)

    @property
    def variance(self) -> float:
        """Of one case around `level`."""
        if self.is_log:
            mean = self.level
            return max(self.squares / self.n - mean * mean, 0.01) if self.n else 1.0
        return self.level * (1.0 - self.level)

    @property
    def dispersion(self) -> float:
        """How much more minutes vary than their counts explain, at least 1."""
        return max(self.chi / self.chi_n, 1.0)

    def add(self, minute: int, n: float, total: float, squares: float, factor: float = 1.0) -> bool:
        """Take a minute in; True if its alarm has just been raised. `factor`: by how much the level is to be expected
        higher in this minute than the baseline, for reasons that are no fault of this series."""
        self.last = minute
        self.minutes += 1
        was = self.raised
        if self.warm:
            self._judge(minute, n, total, factor)
        if self.raised:
            self.raised_minutes += 1
            if self.raised_minutes >= FROZEN_MINUTES:
                # So long a fault is the new normal: begin anew.
                self.n = self.total = self.squares = self.small = self.large = 0.0
                self.minutes = self.raised_minutes = 0
                self.raised = False
        else:
            self.raised_minutes = 0
            if self.sum < CALM:
                self._learn(n, total, squares)
        return self.raised and not was

    def _judge(self, minute: int, n: float, total: float, factor: float) -> None:
        # A young baseline may lie too low by chance: count from a standard error above it.
        level = self.level * factor + (self.variance * self.dispersion / self.n) ** 0.5
        gains = [self._gain(level, rise, n, total) for rise in (0, 1)]
        if self.sum <= 0.0:
            self.since = minute
        self.small, self.large = (
            min(max(sum_ + gain, 0.0), MOST) for sum_, gain in zip((self.small, self.large), gains, strict=True)
        )
        if self.raised and gains[0] < 0.0:
            # Where faults are rare, a healthy minute tells little: what is over shall not stay raised for an hour.
            self.small *= HEALING
            self.large *= HEALING
        if self.sum >= THRESHOLD:
            self.raised = True
        elif self.sum < CALM:
            self.raised = False

    def _gain(self, level: float, rise: int, n: float, total: float) -> float:
        """Log-likelihood ratio of a minute, of one `rise` against `level`."""
        if self.is_log:
            slower = SLOWER[rise]
            gain = (slower * (total - n * level) - n * slower * slower / 2.0) / self.variance
        else:
            level = min(level, 0.95)
            odds = ODDS[rise] * level / (1.0 - level)
            raised = odds / (1.0 + odds)
            gain = total * log(raised / level) + (n - total) * log((1.0 - raised) / (1.0 - level))
        return min(max(gain / self.dispersion, -MOST_A_MINUTE), MOST_A_MINUTE)

    def _learn(self, n: float, total: float, squares: float) -> None:
        if self.warm:
            off = total - n * self.level
            self.chi = self.chi * DISPERSION_FADING + min(off * off / (n * self.variance), 25.0)
            self.chi_n = self.chi_n * DISPERSION_FADING + 1.0
        if self.n > MEMORY_CASES:
            kept = MEMORY_CASES / self.n
            self.n, self.total, self.squares = self.n * kept, self.total * kept, self.squares * kept
        self.n += n
        self.total += total
        self.squares += squares

    def row(self) -> list[Any]:
        """The chart as JSON holds it."""
        return list(astuple(self))

    @classmethod
    def of(cls, row: list[Any]) -> Self:
        """The chart that `row` gave."""
        return cls(*row)
