"""How many messages may wait for their answer at a time, by how long they wait: as TCP finds its window."""

FIRST = 16
FEWEST = 4
SLOW_SECONDS = 5.0


class Window:
    """Grows by one with each answer while answers are quick, and halves while they are slow; `most` at most.

    A file sent at once would make its last messages wait longer than a learner is to wait, and how many a pipeline
    answers in time depends on the machine. Times are seconds on any clock that does not go back.
    """

    def __init__(self, most: int) -> None:
        self.limit = min(FIRST, most)
        self._most = most
        self._halved_at = float("-inf")

    def observe(self, now: float, answered: int, oldest_seconds: float) -> None:
        """Since the last call `answered` answers have come, and the oldest unanswered message is so old."""
        if oldest_seconds <= SLOW_SECONDS:
            self.limit = min(self._most, self.limit + answered)
        elif now - self._halved_at >= SLOW_SECONDS:
            # What is under way was let in before: it takes a while for a smaller window to show.
            self._halved_at = now
            self.limit = max(min(FEWEST, self._most), self.limit // 2)
