"""How far the broker's clock is from this process's, as far as acknowledged records tell."""

import time
from math import inf

WINDOW_SECONDS = 60.0
LOOK_EVERY_SECONDS = 0.2
MILLISECOND = 0.001


class BrokerClock:
    """The smallest difference that explains what was seen, in seconds; 0 where none is needed.

    The broker appends a record between its sending and its acknowledgement, so each one bounds the difference from
    both sides (Cristian, "Probabilistic clock synchronization", 1989). The tightest bounds of the last one to two
    minutes count: clocks drift, and are set.
    """

    def __init__(self) -> None:
        self._windows = [(-inf, inf), (-inf, inf)]
        self._ends = 0.0
        self._next_look = 0.0
        self.ahead = 0.0

    def wants(self, sent: float) -> bool:
        """Whether the record sent at `sent` is to be looked at: one now and then is enough."""
        if sent < self._next_look <= sent + LOOK_EVERY_SECONDS:
            return False
        self._next_look = sent + LOOK_EVERY_SECONDS
        return True

    def saw(self, sent: float, appended: float, acknowledged: float) -> None:
        """Take note of a record, its times in seconds since 1970; the broker's are whole milliseconds, cut down."""
        seen = appended - acknowledged, appended + MILLISECOND - sent
        if not self._ends - WINDOW_SECONDS <= acknowledged < self._ends:
            self._windows = [(-inf, inf), self._windows[0]]
            self._ends = acknowledged + WINDOW_SECONDS
        self._windows[0] = _both(self._windows[0], seen)
        low, high = _both(*self._windows)
        if low > high:
            # A clock was set: what was seen before no longer holds.
            self._windows = [seen, (-inf, inf)]
            low, high = seen
        self.ahead = min(max(0.0, low), high)

    def now(self) -> float:
        """The broker's time, in seconds since 1970."""
        return time.time() + self.ahead


def _both(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    return max(one[0], other[0]), min(one[1], other[1])
