"""Who asked to be forgotten, and when: nothing from before that is shown again, from memory or from Kafka."""

from collections import OrderedDict


class Erased:
    """The last `most` learners who were erased, by their Kafka key."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._moments: OrderedDict[bytes, int] = OrderedDict()

    def add(self, key: bytes, at: int) -> None:
        """The learner's Erasure came `at` (the broker's time, milliseconds)."""
        self._moments[key] = max(at, self._moments.pop(key, at))
        if len(self._moments) > self._most:
            self._moments.popitem(last=False)

    def covers(self, key: bytes, at: int) -> bool:
        """Whether what came `at` is from before the learner's last Erasure."""
        return at <= self._moments.get(key, at - 1)
