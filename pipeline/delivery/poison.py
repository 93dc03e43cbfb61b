"""A limit on dead letters: a bad deploy must not empty a topic into them."""

from collections import deque


class PoisonGuard:
    """Watches the share of refused records among a topic's last `window` records."""

    def __init__(self, window: int, ratio: float) -> None:
        self._window = window
        self._ratio = ratio
        self._recent: dict[str, deque[bool]] = {}
        self._refused: dict[str, int] = {}

    def count(self, topic: str, *, refused: bool) -> bool:
        """Count one record; true when the topic is now over the limit."""
        recent = self._recent.setdefault(topic, deque())
        recent.append(refused)
        total = self._refused.get(topic, 0) + refused
        if len(recent) > self._window:
            total -= recent.popleft()
        self._refused[topic] = total
        return len(recent) == self._window and total > self._ratio * self._window

    def share(self, topic: str) -> float:
        """The share refused among the last records of `topic`, 0 to 1."""
        recent = self._recent.get(topic)
        return self._refused[topic] / len(recent) if recent else 0.0
