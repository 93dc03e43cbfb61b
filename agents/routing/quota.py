"""A key's limits a minute, kept to before the provider has to refuse.

Pure: every method is told the time (monotonic seconds) by its caller.
"""

from collections import deque

MINUTE = 60.0


class Taken:
    """What one call counts for in its minute."""

    __slots__ = ("at", "tokens")

    def __init__(self, at: float, tokens: int) -> None:
        self.at = at
        self.tokens = tokens


class Quota:
    """At most so many requests and tokens in any 60 seconds; 0: no limit."""

    def __init__(self, requests: int, tokens: int) -> None:
        self._requests = requests
        self._tokens = tokens
        self._taken: deque[Taken] = deque()
        self._sum = 0

    def ready_at(self, now: float, tokens: int) -> float:
        """When a call of that many tokens may be made; `now` for at once."""
        self._let_go(now)
        # What no minute has room for may go alone: only the provider can say that it is too much.
        over = self._sum + min(tokens, self._tokens) - self._tokens if self._tokens else 0
        many = len(self._taken) + 1 - self._requests if self._requests else 0
        if over <= 0 and many <= 0:
            return now
        ready = now
        for taken in self._taken:
            if over <= 0 and many <= 0:
                break
            over -= taken.tokens
            many -= 1
            ready = taken.at + MINUTE
        return ready

    def take(self, now: float, tokens: int) -> Taken:
        """Count a call that begins now, by what it may use at most."""
        taken = Taken(now, tokens)
        if self._requests or self._tokens:
            self._taken.append(taken)
            self._sum += tokens
        return taken

    def settle(self, taken: Taken, tokens: int) -> None:
        """The call has used that many tokens."""
        if self._taken and taken.at >= self._taken[0].at:
            self._sum += tokens - taken.tokens
            taken.tokens = tokens

    def _let_go(self, now: float) -> None:
        while self._taken and self._taken[0].at + MINUTE <= now:
            self._sum -= self._taken.popleft().tokens
