"""When a second request is worth its price: the first is slower than its provider's own 95th percentile."""

import asyncio
from collections import deque

# First tokens that are remembered of a provider, and how many there must be before "slow" means anything.
SAMPLES = 64
LEAST_SAMPLES = 20
QUANTILE = 0.95
# At most this share of the calls is hedged: a provider that has become slow for everybody must not double its load.
MOST_SHARE = 0.05
# Calls that count as made before the first, so that an early slow one may be hedged too.
ALLOWANCE = 20
# Calls that give leave for second requests later: a quiet day must not pay for doubling the load of a bad minute.
MOST_SAVED = 1000


class Pace:
    """How soon a provider's replies begin, by the last ones."""

    def __init__(self) -> None:
        self._seconds: deque[float] = deque(maxlen=SAMPLES)

    def began_after(self, seconds: float) -> None:
        """A reply's first token came after so long."""
        self._seconds.append(seconds)

    @property
    def slow_after(self) -> float | None:
        """What nearly all replies stay below; None while too few are known."""
        if len(self._seconds) < LEAST_SAMPLES:
            return None
        return sorted(self._seconds)[int(QUANTILE * (len(self._seconds) - 1) + 0.5)]


class HedgeShare:
    """Keeps second requests to a share of the first."""

    def __init__(self) -> None:
        self._saved = ALLOWANCE

    def called(self) -> None:
        """A first request was made."""
        self._saved = min(self._saved + 1, MOST_SAVED)

    def take(self) -> bool:
        """Whether a second request may be made; counted when it may."""
        if self._saved * MOST_SHARE < 1:
            return False
        self._saved -= round(1 / MOST_SHARE)
        return True


class Race:
    """Two tries at one message: the first to give a token goes on, and is the only one that is heard."""

    def __init__(self) -> None:
        self.winner: str | None = None
        self.begun = asyncio.Event()

    def heard(self, provider: str) -> bool:
        """A token of that provider's came; whether it counts."""
        if self.winner is None:
            self.winner = provider
            self.begun.set()
        return self.winner == provider

    def loses(self, provider: str) -> bool:
        """Whether another one goes on."""
        return self.winner is not None and self.winner != provider
