"""Publishes the pieces of a reply as they come, ahead of the response: by Redis pub/sub, where that costs nothing.

Whoever makes the reply never waits for it: pieces go into a bounded queue, and where Redis is slow or gone they are
thrown away. The response itself takes the way through Kafka.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from redis.exceptions import RedisError

from config.redis import explained
from pipeline.redis_client import single_try
from schemas.codec import Event
from schemas.ids import learner_key
from schemas.token_frames import TokenFrame, channel, dumps

MOST_WAITING = 10_000
# Between two batches, seconds: a screen shows no more than that, and each batch costs one round trip.
PAUSE = 0.02
ANSWER_SECONDS = 1.0
# Redis is asked again after it failed, seconds.
AWAY_SECONDS = 2.0

log = logging.getLogger(__name__)

Told = Callable[[str, int, int, str], None]


class TokenPublisher:
    """Publishes on the Redis at `url`, from the event loop that first uses it.

    `counts` holds pieces by what became of them: `published`, `dropped_full`, `dropped_away`.
    """

    def __init__(self, url: str, *, most: int = MOST_WAITING) -> None:
        self._url = url
        self._redis = single_try(url, ANSWER_SECONDS, ANSWER_SECONDS)
        self._most = most
        self._waiting: deque[tuple[str, TokenFrame]] = deque()
        self._filled = asyncio.Event()
        self._away_until = 0.0
        self._task: asyncio.Task[None] | None = None
        self.counts: Counter[str] = Counter()

    def teller(self, scored: Event) -> Told:
        """What takes the pieces of the reply to a ScoredMessage: (response id, try, sequence, text). Never blocks."""
        place = channel(learner_key(scored["tenant_id"], scored["learner_id"]))
        message_id, session_id = scored["message_id"], scored["session_id"]

        def tell(response_id: str, attempt: int, seq: int, text: str) -> None:
            self._take(place, TokenFrame(message_id, response_id, session_id, attempt, seq, 1, text))

        return tell

    async def close(self) -> None:
        """Give the connection back; what still waits is thrown away."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._redis.aclose()

    def _take(self, place: str, frame: TokenFrame) -> None:
        if monotonic() < self._away_until:
            self.counts["dropped_away"] += 1
            return
        if len(self._waiting) >= self._most:
            self.counts["dropped_full"] += 1
            return
        self._waiting.append((place, frame))
        self._filled.set()
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._publish())

    async def _publish(self) -> None:
        while True:
            await self._filled.wait()
            self._filled.clear()
            waiting = list(self._waiting)
            self._waiting.clear()
            try:
                async with asyncio.timeout(2 * ANSWER_SECONDS), self._redis.pipeline(transaction=False) as batch:
                    for place, frame in merged(waiting):
                        batch.publish(place, dumps(frame))
                    await batch.execute()
                self.counts["published"] += len(waiting)
            except (RedisError, OSError, TimeoutError) as error:
                if not self.counts["dropped_away"]:
                    log.warning("no tokens go ahead of replies: %s", explained(error, self._url))
                self.counts["dropped_away"] += len(waiting)
                self._away_until = monotonic() + AWAY_SECONDS
            await asyncio.sleep(PAUSE)


def merged(frames: list[tuple[str, TokenFrame]]) -> list[tuple[str, TokenFrame]]:
    """The frames with pieces of one try that follow each other made one; the order within a try stays."""
    found: dict[tuple[str, int], list[tuple[str, TokenFrame]]] = {}
    for place, frame in frames:
        of_try = found.setdefault((frame.response_id, frame.attempt), [])
        last = of_try[-1][1] if of_try else None
        if last is not None and frame.text and last.seq + last.pieces == frame.seq:
            longer = replace(last, pieces=last.pieces + frame.pieces, text=last.text + frame.text)
            of_try[-1] = (place, longer)
        else:
            of_try.append((place, frame))
    return [entry for of_try in found.values() for entry in of_try]
