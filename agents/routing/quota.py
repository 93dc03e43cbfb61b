"""A key's limits a minute, kept to before the provider has to refuse.

Pure: every method is told the time (monotonic seconds) by its caller.
"""

from collections import deque

MINUTE = 60.0


class Taken:
    """What one call counts for in its minute; `open` while it is under way and may turn out to use less."""

    __slots__ = ("at", "open", "tokens")

    def __init__(self, at: float, tokens: int, *, open_: bool) -> None:
        self.at = at
        self.tokens = tokens
        self.open = open_


class Quota:
    """At most so many requests and tokens in any 60 seconds; 0: no limit."""

    def __init__(self, requests: int, tokens: int) -> None:
        self._requests = requests
        self._tokens = tokens
        self._taken: deque[Taken] = deque()
        self._sum = 0
        self._open = 0

    def ready_at(self, now: float, tokens: int) -> float:
        """When a call of that many tokens may be made; `now` for at once."""
        over, many = self._lacking(now, tokens)
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

    def may_be_sooner(self, now: float, tokens: int) -> bool:
        """Whether a call of that many tokens, for which there is no room now, may get it from those under way."""
        over, many = self._lacking(now, tokens)
        return many <= 0 and 0 < over <= self._open

    def take(self, now: float, tokens: int) -> Taken:
        """Count a call that begins now, by what it may use at most."""
        taken = Taken(now, tokens, open_=bool(self._requests or self._tokens))
        if taken.open:
            self._taken.append(taken)
            self._sum += tokens
            self._open += tokens
        return taken

    def settle(self, taken: Taken, tokens: int) -> None:
        """The call has used that many tokens."""
        self.ended(taken)
        if self._taken and taken.at >= self._taken[0].at:
            self._sum += tokens - taken.tokens
            taken.tokens = tokens

    def ended(self, taken: Taken) -> None:
        """The call is over; what is not settled counts as if it had used the most."""
        if taken.open:
            taken.open = False
            self._open -= taken.tokens

    def give_back(self, taken: Taken) -> None:
        """The call was not made after all."""
        self.settle(taken, 0)
        if taken in self._taken:
            self._taken.remove(taken)

    def _lacking(self, now: float, tokens: int) -> tuple[int, int]:
        """Tokens and requests that there are too many of for a call now; 0 or less for none."""
        self._let_go(now)
        # What no minute has room for may go alone: only the provider can say that it is too much.
        over = self._sum + min(tokens, self._tokens) - self._tokens if self._tokens else 0
        many = len(self._taken) + 1 - self._requests if self._requests else 0
        return over, many

    def _let_go(self, now: float) -> None:
        while self._taken and self._taken[0].at + MINUTE <= now:
            taken = self._taken.popleft()
            self.ended(taken)
            self._sum -= taken.tokens
