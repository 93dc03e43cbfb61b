"""Values of the last seconds."""

from collections import deque
from collections.abc import Iterator

from cli.verify import percentile


class Recent:
    """What was noted within the last `seconds`, on the clock that `note` and its readers are given."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._values: deque[tuple[float, float]] = deque()
        self._first: float | None = None

    def note(self, at: float, value: float = 0.0) -> None:
        """Keep `value` of moment `at`."""
        self._values.append((at, value))
        if self._first is None:
            self._first = at

    def rate(self, now: float) -> float:
        """Notes a second."""
        self._forget(now)
        if self._first is None:
            return 0.0
        return len(self._values) / min(max(now - self._first, 1.0), self._seconds)

    def percentile(self, now: float, share: float) -> float | None:
        """The nearest-rank percentile of the values; None of nothing."""
        self._forget(now)
        return percentile(self, share)

    def __iter__(self) -> Iterator[float]:
        return (value for _, value in self._values)

    def _forget(self, now: float) -> None:
        while self._values and self._values[0][0] < now - self._seconds:
            self._values.popleft()
