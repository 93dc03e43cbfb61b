"""A provider's circuit breaker: after too many failures it takes no calls, then lets one probe through.

Pure: every method is told the time (monotonic seconds) by its caller.
"""

from collections import deque
from dataclasses import dataclass

WINDOW = 10
LEAST_CALLS = 5
FAILURE_RATIO = 0.8
FIRST_COOLDOWN = 0.5
MOST_COOLDOWN = 3.0
MOST_RATE_LIMIT = 60.0
# How long a provider may be away and still be waited for rather than given up on.
PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to make one call. `probe` marks the single call that a half-open breaker lets through."""

    opened: int
    probe: bool


class Breaker:
    """Closed, open or half-open, and the provider's wish to be left alone after a 429.

    Opens when at least `FAILURE_RATIO` of the last `WINDOW` calls failed (`LEAST_CALLS` at least). Its cooldown
    doubles with each failed probe, from `FIRST_COOLDOWN` to `MOST_COOLDOWN` seconds. Calls that were under way when
    it opened change nothing any more.

    The `told_` methods take in what other workers found out. Their failures open this breaker too, unless it has had
    good replies meanwhile; a failed probe of theirs stands for one of ours; a good one of theirs closes it, or, where
    our own calls had failed, lets the next probe go at once.
    """

    def __init__(self) -> None:
        self._results: deque[bool] = deque(maxlen=WINDOW)
        self._opened = 0
        self._open_since: float | None = None
        self._probe_at = 0.0
        self._cooldown = FIRST_COOLDOWN
        self._probing = False
        self._limited_until = 0.0
        self._limited_in_a_row = 0
        self._failing_since: float | None = None
        self._good_at: float | None = None
        self._by_hearsay = False

    @property
    def is_open(self) -> bool:
        """Whether calls are held back, half-open included."""
        return self._open_since is not None

    @property
    def cooldown(self) -> float:
        """From one probe to the next, seconds."""
        return self._cooldown

    def open_for(self, now: float) -> float:
        """For how long calls have been held back."""
        return 0.0 if self._open_since is None else max(0.0, now - self._open_since)

    def failing_for(self, now: float) -> float:
        """For how long each call of this worker's that ended has failed."""
        return 0.0 if self._failing_since is None else max(0.0, now - self._failing_since)

    def limited_for(self, now: float) -> float:
        """How long the provider wishes to be left alone from now on."""
        return max(0.0, self._limited_until - now)

    def given_up(self, now: float) -> bool:
        """Whether the provider has been away for longer than a message should wait for it."""
        return self._open_since is not None and now - self._open_since > PATIENCE

    def ready_at(self, now: float) -> float | None:
        """When the next call may be made: `now` for at once, None while a probe is under way."""
        if self._open_since is None:
            return max(now, self._limited_until)
        if self._probing:
            return None
        return max(now, self._probe_at, self._limited_until)

    def acquire(self, now: float) -> Permit | None:
        """A permit for one call; None when none may be made now. Each permit is given back exactly once."""
        ready = self.ready_at(now)
        if ready is None or ready > now:
            return None
        self._probing = self._open_since is not None
        return Permit(self._opened, self._probing)

    def succeeded(self, permit: Permit, now: float) -> bool:
        """Give back a permit after a good reply. True when that closed the breaker."""
        self._limited_in_a_row = 0
        self._failing_since, self._good_at = None, now
        # A good reply from before the opening is news as well: the provider does answer.
        closed = self._open_since is not None
        if closed:
            self._close()
        self._results.append(True)
        return closed and permit.probe

    def failed(self, permit: Permit, now: float) -> bool:
        """Give back a permit after a failure that the provider is to blame for. True when that opened the breaker."""
        if permit.opened != self._opened:
            return False
        if self._failing_since is None:
            self._failing_since = now
        if permit.probe:
            if self._probing:
                self._probing = self._by_hearsay = False
                self._cooldown = min(MOST_COOLDOWN, self._cooldown * 2)
                self._probe_at = now + self._cooldown
            return False
        if self._open_since is not None:
            return False
        self._results.append(False)
        if len(self._results) < LEAST_CALLS:
            return False
        if self._results.count(False) < FAILURE_RATIO * len(self._results):
            return False
        self._open(now, now + self._cooldown)
        return True

    def silent(self, now: float, since: float) -> bool:
        """Calls get no word from the provider since `since`. True when that opened it."""
        if self._open_since is not None:
            return False
        self._failing_since = since
        self._open(now, now + self._cooldown)
        return True

    def told_open(self, now: float, open_for: float, failing_for: float, cooldown: float) -> bool:
        """Another worker's breaker opened, or its probe failed; its next one is due in `cooldown`.

        True when that opened this one. A little later than the other's: where that one comes first, its word on it
        comes before ours is due, and where no message of the other's makes it, ours does.
        """
        probe_at = now + cooldown + FIRST_COOLDOWN
        if self._open_since is not None:
            if not self._probing:
                self._cooldown = min(MOST_COOLDOWN, max(self._cooldown, cooldown))
                self._probe_at = max(self._probe_at, probe_at)
            return False
        if self._good_at is not None and now - self._good_at < failing_for:
            # What the other can't reach we can.
            return False
        self._open(now - open_for, probe_at)
        self._by_hearsay = True
        return True

    def told_closed(self, now: float) -> bool:
        """Another worker's probe was answered. True when a call may be made that might not before."""
        if self._open_since is None:
            return False
        if self._by_hearsay:
            self._close()
            return True
        if self._probing or self._probe_at <= now:
            return False
        self._probe_at = now
        return True

    def _open(self, since: float, probe_at: float) -> None:
        self._opened += 1
        self._open_since = since
        self._probe_at = probe_at

    def _close(self) -> None:
        self._results.clear()
        self._open_since = None
        self._cooldown = FIRST_COOLDOWN
        self._probing = self._by_hearsay = False

    def limited(self, permit: Permit, now: float, retry_after: float | None) -> None:
        """Give back a permit after a 429: no call until `retry_after` seconds have passed.

        Without the provider's word the wait doubles with each 429 in a row, from 0.5 s. A rate limit is no failure.
        """
        if permit.probe:
            # It answers, if only to say no: the outage is over.
            self.succeeded(permit, now)
        # The 429s of one burst are one refusal.
        if now >= self._limited_until:
            self._limited_in_a_row += 1
        wait = 0.5 * 2.0 ** min(max(0, self._limited_in_a_row - 1), 4) if retry_after is None else retry_after
        self._limited_until = max(self._limited_until, now + min(wait, MOST_RATE_LIMIT))

    def wished(self, now: float, retry_after: float) -> None:
        """The provider asked, with a failure, to be left alone for so many seconds."""
        self._limited_until = max(self._limited_until, now + min(retry_after, MOST_RATE_LIMIT))

    def released(self, permit: Permit) -> None:
        """Give back a permit of a call whose end says nothing about the provider (cancelled, out of time)."""
        if permit.probe and permit.opened == self._opened:
            self._probing = False
