"""How the class feels: the emotion stage's readings of the last seconds, averaged."""

from collections import defaultdict, deque

from cli.demo.seen.record import Seen
from schemas.topics import SCORED

SECONDS = 30.0


class Feelings:
    """Means over the messages of the last `SECONDS`; texts that allow no reading are left out."""

    def __init__(self) -> None:
        self._readings: deque[tuple[float, dict[str, float], dict[str, float]]] = deque()

    def note(self, seen: Seen) -> None:
        """Take in a scored message; other records are ignored."""
        if seen.topic == SCORED.name and not seen.event["emotion"]["cant_tell"]:
            emotion = seen.event["emotion"]
            self._readings.append((seen.at, emotion["states"], emotion["emotions"]))

    def states(self, now: float) -> list[tuple[str, float]]:
        """Mean probability of each learning state, highest first."""
        return self._means(now, 1)

    def emotions(self, now: float, most: int) -> list[tuple[str, float]]:
        """Mean probability of the `most` strongest of the 28 emotions, neutral left out."""
        return [pair for pair in self._means(now, 2) if pair[0] != "neutral"][:most]

    def _means(self, now: float, which: int) -> list[tuple[str, float]]:
        while self._readings and self._readings[0][0] < now - SECONDS:
            self._readings.popleft()
        sums: defaultdict[str, float] = defaultdict(float)
        for reading in self._readings:
            scores = reading[1] if which == 1 else reading[2]
            for name, value in scores.items():
                sums[name] += value
        count = max(len(self._readings), 1)
        return sorted(((name, total / count) for name, total in sums.items()), key=lambda pair: -pair[1])
