"""Who listens to which learner, and what goes to them."""

from collections import Counter
from collections.abc import Callable

from gateway.recent import Kept
from gateway.refusal import later
from gateway.subscriber import Subscriber
from schemas.token_frames import TokenFrame


class Hub:
    """Open streams by learner. `followed(key, yes)` is told when a learner gets a first or loses the last stream."""

    def __init__(self, *, most: int, most_each: int, followed: Callable[[bytes, bool], None]) -> None:
        self._most, self._most_each, self._followed = most, most_each, followed
        self._streams: dict[bytes, set[Subscriber]] = {}
        self.open = 0
        self.counts: Counter[str] = Counter()

    def add(self, key: bytes, subscriber: Subscriber) -> None:
        """Open a stream. Raises `Refusal` when there are too many of this learner, or of all."""
        streams = self._streams.get(key)
        if streams is not None and len(streams) >= self._most_each:
            raise later("too_many_streams", f"{self._most_each} streams of this learner are open", 5, status=429)
        if self.open >= self._most:
            raise later("too_many_connections", "as many streams are open as this gateway takes", 5)
        if streams is None:
            self._streams[key] = {subscriber}
            self._followed(key, True)
        else:
            streams.add(subscriber)
        self.open += 1

    def remove(self, key: bytes, subscriber: Subscriber) -> None:
        """Close a stream."""
        streams = self._streams[key]
        streams.discard(subscriber)
        self.open -= 1
        if not streams:
            del self._streams[key]
            self._followed(key, False)

    def deliver(self, kept: Kept) -> None:
        """A record of a learner's topics."""
        for subscriber in self._streams.get(kept.key, ()):
            subscriber.take(kept)
            self.counts["records"] += 1

    def tokens(self, key: bytes, frame: TokenFrame) -> None:
        """Pieces of a learner's reply."""
        for subscriber in self._streams.get(key, ()):
            subscriber.take_tokens(frame)
            self.counts["tokens"] += 1
