"""The encoder while there is time for it, the n-gram model beyond that: every message is read, and says by which."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from agents.emotion.scorer import EmotionScores


class Scorer(Protocol):
    """What `EmotionScorer` offers."""

    def score_batch(self, texts: Sequence[str]) -> list[EmotionScores]:
        """One reading a text, in order."""
        ...


class RationedScorer:
    """Scores with `full` for up to `share` of the time that passes, and with `light` when that is used up.

    The encoder takes milliseconds of a core a message, the n-gram model a thirtieth of that. At some hundred messages
    a second on one worker the encoder alone would fall behind and learners would wait; a coarser reading in time is
    worth more to them. `burst` seconds may be used at once. `clock` counts seconds. Safe to call from several threads.
    """

    def __init__(
        self,
        full: Scorer,
        light: Scorer,
        share: float,
        burst: float = 1.0,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._full, self._light = full, light
        self._share, self._burst, self._clock = share, burst, clock
        self._left = burst
        self._at = clock()
        self._lock = threading.Lock()

    def score_batch(self, texts: Sequence[str]) -> list[EmotionScores]:
        """See `EmotionScorer.score_batch`; `EmotionScores.model` says which model it was."""
        began = self._clock()
        with self._lock:
            self._left = min(self._burst, self._left + self._share * (began - self._at))
            self._at = began
            rich = self._left > 0
        if not rich:
            return self._light.score_batch(texts)
        scores = self._full.score_batch(texts)
        with self._lock:
            self._left -= self._clock() - began
        return scores
