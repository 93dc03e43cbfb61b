"""The right to act for the assigned partitions, held as long as the broker answers our heartbeats.

A worker that was stopped for longer than the session time-out (SIGSTOP, a suspended machine) wakes up believing that
its partitions are still its own. It must not produce or store anything until the group has confirmed that it is.
"""

import asyncio
import time

# The broker counts from the arrival of a heartbeat, we from its sending; the rest is for what is on its way.
SAFE_SHARE = 0.8
LOOK_EVERY_SECONDS = 0.02


class HeartbeatLease:
    """Held for `SAFE_SHARE` of the session time-out after each heartbeat that the group's coordinator answered."""

    def __init__(self, session_timeout_seconds: float) -> None:
        self._limit = session_timeout_seconds * SAFE_SHARE
        self._answered = float("-inf")

    def renew(self, sent: float) -> None:
        """A heartbeat that was sent at `sent` (monotonic seconds) was answered well. Called from any thread."""
        self._answered = max(self._answered, sent)

    def valid(self) -> bool:
        """Whether the lease is held right now."""
        return time.monotonic() - self._answered < self._limit

    async def held(self) -> bool:
        """Wait until the lease is held. Work of an earlier assignment is cancelled while it waits here."""
        while not self.valid():  # noqa: ASYNC110 - validity is a matter of time, nothing could signal it
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        return True
