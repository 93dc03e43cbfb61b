"""Lookups that may wait for a server, done in a thread: the event loop has heartbeats to send meanwhile."""

import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")

KEEP_SECONDS = 2.0
MOST_KEPT = 10_000


class BackgroundLookup(Generic[Key, Answer]):
    """`look(key)` without waiting: until there is an answer, what `not_yet(key)` gives is raised.

    An answer is kept for good. None, and what `look` raises, are kept for `KEEP_SECONDS`, so that all who wait for a
    key hear of them; then `look` is asked again, which knows best how long they hold.
    Of keys without an answer `most` are kept, and those that are being looked up.
    """

    def __init__(
        self,
        look: Callable[[Key], Answer],
        not_yet: Callable[[Key], Exception],
        clock: Callable[[], float] = time.monotonic,
        most: int = MOST_KEPT,
    ) -> None:
        self._look = look
        self._not_yet = not_yet
        self._clock = clock
        self._most = most
        self._thread = ThreadPoolExecutor(1, "lookup")
        self._found: dict[Key, Answer] = {}
        # What was asked, and until when its answer holds.
        self._asked: dict[Key, tuple[Future[Answer], float]] = {}

    def __call__(self, key: Key) -> Answer:
        """The answer; raises what `look` does."""
        found = self._found.get(key)
        if found is not None:
            return found
        now = self._clock()
        future, until = self._asked.get(key, (None, 0.0))
        if future is None or (future.done() and until < now):
            self._make_room()
            future = self._thread.submit(self._look, key)
        elif future.done():
            return self._keep(key, future)
        # The time begins with the last who asked in vain: all of them come again.
        self._asked[key] = future, now + KEEP_SECONDS
        raise self._not_yet(key)

    def _keep(self, key: Key, future: Future[Answer]) -> Answer:
        answer = future.result()
        if answer is not None:
            self._found[key] = answer
            self._asked.pop(key, None)
        return answer

    def _make_room(self) -> None:
        if len(self._asked) >= self._most:
            self._asked = {key: asked for key, asked in self._asked.items() if not asked[0].done()}
