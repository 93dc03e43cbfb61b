"""The next hour's load or cost, with an interval: recursive least squares on square roots of hourly totals.

    √y(t+1) ≈ w · [1, √y(t), √y(t−1), √(mean of 24 h), √y(yesterday, same hour), √y(last week, same hour)]

The square root makes the spread of a count about the same at every level (Bartlett, The square root transformation
in analysis of variance, 1936). The weights follow by recursive least squares with forgetting (Ljung, System
Identification, 1999, ch. 11), starting at "the same as now and as yesterday, half each". The state is a week of hours
and a small matrix, whatever the traffic; the same hours in the same order give the same forecasts.
"""

from collections import deque
from dataclasses import dataclass
from math import erf, sqrt

import numpy as np

DAY, WEEK = 24, 168
INPUTS = 6
FORGETTING = 0.998
START_VARIANCE = 0.1
ERROR_FADING = 0.98
Z90 = 1.6449


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the next hour brings: `expected` and the interval that holds it nine times in ten."""

    expected: float
    low: float
    high: float
    root: float
    spread: float
    scale: float

    def above(self, threshold: float) -> float:
        """Probability of more than `threshold`."""
        return 0.5 * (1.0 - erf((sqrt(max(threshold, 0.0) * self.scale) - self.root) / (self.spread * sqrt(2.0))))


class HourAhead:
    """One series of hourly totals. Take the hours in with `add` in their order, empty ones as 0."""

    __slots__ = ("_covariance", "_errors", "_hours", "_weights", "scale")

    def __init__(self, scale: float = 1.0) -> None:
        """`scale` brings the unit to about one an event: of what costs about 0.001 each, pass 1000."""
        self.scale = scale
        self._hours: deque[float] = deque(maxlen=WEEK + 1)
        self._weights = np.array([0.0, 0.5, 0.0, 0.0, 0.5, 0.0])
        self._covariance = np.eye(INPUTS) * START_VARIANCE
        self._errors = [1.0, 1.0]

    def add(self, total: float) -> None:
        """Learn from the hour that has ended."""
        root = sqrt(max(total, 0.0) * self.scale)
        if self._hours:
            inputs = self._inputs()
            error = root - float(self._weights @ inputs)
            gain = self._covariance @ inputs / (FORGETTING + float(inputs @ self._covariance @ inputs))
            self._weights = self._weights + gain * error
            self._covariance = (self._covariance - np.outer(gain, inputs @ self._covariance)) / FORGETTING
            # Without this, what is never excited (nights, holidays) grows without bound under forgetting.
            trace = float(np.trace(self._covariance))
            if trace > INPUTS * START_VARIANCE:
                self._covariance *= INPUTS * START_VARIANCE / trace
            self._errors[0] = self._errors[0] * ERROR_FADING + error * error
            self._errors[1] = self._errors[1] * ERROR_FADING + 1.0
        self._hours.append(root)

    def forecast(self) -> Forecast | None:
        """The hour to come; None before the first."""
        if not self._hours:
            return None
        root = max(float(self._weights @ self._inputs()), 0.0)
        spread = sqrt(max(self._errors[0] / self._errors[1], 0.01))
        low, high = max(root - Z90 * spread, 0.0), root + Z90 * spread
        # The mean of a square is the square of the mean and the variance.
        expected = (root * root + spread * spread) if root > spread else root * root
        return Forecast(
            expected / self.scale, low * low / self.scale, high * high / self.scale, root, spread, self.scale
        )

    def same_hour_yesterday(self) -> float | None:
        """What people take for the forecast now; None before a day has passed."""
        return self._back(DAY) ** 2 / self.scale if len(self._hours) >= DAY else None

    def _back(self, hours: int) -> float:
        """The root of the total `hours` before the one to come; of the newest, where it was too long ago."""
        return self._hours[-hours] if len(self._hours) >= hours else self._hours[-1]

    def _inputs(self) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        day = list(self._hours)[-DAY:]
        return np.array(
            [
                1.0,
                self._back(1),
                self._back(2),
                sqrt(sum(one * one for one in day) / len(day)),
                self._back(DAY),
                self._back(WEEK),
            ]
        )
