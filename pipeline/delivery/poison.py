"""A limit on dead letters: a bad deploy must not empty a topic into them."""

from collections import deque


class PoisonGuard:
    """Watches the share of refused records among the last `window` that a stage took from a topic.

    Each stage is judged by itself: of a bad record only the topic's owner hears, of a good one all who read it.
    """

    def __init__(self, window: int, ratio: float) -> None:
        self._window = window
        self._ratio = ratio
        self._recent: dict[tuple[str, str], deque[bool]] = {}
        self._refused: dict[tuple[str, str], int] = {}

    def count(self, stage: str, topic: str, *, refused: bool) -> bool:
        """Count one record of `topic`; true when `stage` is now over the limit there."""
        at = (stage, topic)
        recent = self._recent.setdefault(at, deque())
        recent.append(refused)
        total = self._refused.get(at, 0) + refused
        if len(recent) > self._window:
            total -= recent.popleft()
        self._refused[at] = total
        return len(recent) == self._window and total > self._ratio * self._window

    def share(self, stage: str, topic: str) -> float:
        """The share that `stage` refused among its last records of `topic`, 0 to 1."""
        recent = self._recent.get((stage, topic))
        return self._refused[stage, topic] / len(recent) if recent else 0.0
