"""The rules by which Kubernetes' horizontal autoscaler finds a number of pods, for external metrics with an average
value, as KEDA makes them (kubernetes/pkg/controller/podautoscaler: replica_calculator.go, horizontal.go).

    wanted = ⌈total ÷ threshold⌉, unless total ÷ (threshold × pods) is within 10 % of 1: then what there is
    the most of all metrics; not above the least of the last `up` window, not below the most of the last `down` window
    at most so many pods more or fewer than at the beginning of the policy's period; within min and max
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

TOLERANCE = 0.1
SYNC_SECONDS = 15
"""Between two decisions, as the controller is set up unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Direction:
    """A `scaleUp` or `scaleDown` with one policy of type Pods."""

    stabilization_seconds: int
    pods: int
    period_seconds: int


def wanted_for(total: float, threshold: float, pods: int) -> int:
    """What one metric asks for while `pods` run."""
    if abs(total / (threshold * pods) - 1.0) <= TOLERANCE:
        return pods
    return ceil(total / threshold)


class Autoscaler:
    """Decides every `SYNC_SECONDS`; keeps the recommendations and changes that its windows need."""

    def __init__(self, up: Direction, down: Direction, least: int, most: int) -> None:
        self._up, self._down = up, down
        self._least, self._most = least, most
        self._recommended: deque[tuple[float, int]] = deque()
        self._changes: deque[tuple[float, int]] = deque()

    def decide(self, now: float, pods: int, metrics: Sequence[tuple[float, float]]) -> int:
        """How many pods there are to be, from (total, threshold) of each metric."""
        wanted = max(wanted_for(total, threshold, pods) for total, threshold in metrics)
        wanted = min(max(wanted, self._least), self._most)
        decided = self._limited(now, pods, self._stabilized(now, pods, wanted))
        if decided != pods:
            self._changes.append((now, decided - pods))
        return decided

    def _stabilized(self, now: float, pods: int, wanted: int) -> int:
        kept = max(self._up.stabilization_seconds, self._down.stabilization_seconds)
        while self._recommended and self._recommended[0][0] <= now - kept:
            self._recommended.popleft()
        up, down = wanted, wanted
        for at, one in self._recommended:
            if at > now - self._up.stabilization_seconds:
                up = min(up, one)
            if at > now - self._down.stabilization_seconds:
                down = max(down, one)
        self._recommended.append((now, wanted))
        return min(max(pods, up), down)

    def _limited(self, now: float, pods: int, wanted: int) -> int:
        longest = max(self._up.period_seconds, self._down.period_seconds)
        while self._changes and self._changes[0][0] <= now - longest:
            self._changes.popleft()
        if wanted > pods:
            return max(pods, min(wanted, pods - self._net(now, self._up.period_seconds) + self._up.pods))
        if wanted < pods:
            return min(pods, max(wanted, pods - self._net(now, self._down.period_seconds) - self._down.pods))
        return pods

    def _net(self, now: float, seconds: int) -> int:
        """Pods more than at the beginning of the period."""
        return sum(change for at, change in self._changes if at > now - seconds)
