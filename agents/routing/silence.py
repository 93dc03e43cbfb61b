"""A provider that takes calls and says nothing: known by its usual pace long before the calls run out of time.

Pure: every method is told the time (monotonic seconds) by its caller.
"""

from itertools import islice

# So many calls must wait, each for so many times what nearly all replies stay below, and for so long at least.
LEAST_CALLS = 5
TIMES = 3.0
LEAST_SECONDS = 1.0


class Silence:
    """The calls to one provider that wait for their first token."""

    def __init__(self) -> None:
        # In the order in which they began.
        self._waiting: dict[object, float] = {}
        self._last_word = float("-inf")

    def began(self, call: object, now: float) -> None:
        """A call is under way."""
        self._waiting[call] = now

    def spoke(self, call: object, now: float) -> None:
        """A call's first token came."""
        self._waiting.pop(call, None)
        self._last_word = now

    def ended(self, call: object) -> None:
        """A call is over, whatever came of it."""
        self._waiting.pop(call, None)

    @property
    def waits(self) -> bool:
        """Whether any call does."""
        return bool(self._waiting)

    def since(self, now: float, slow_after: float) -> float | None:
        """Since when the provider has said nothing to anybody although it should have; None where that is not so."""
        began = next(islice(self._waiting.values(), LEAST_CALLS - 1, None), None)
        if began is None or self._last_word >= began or now - began < max(LEAST_SECONDS, TIMES * slow_after):
            return None
        return began
