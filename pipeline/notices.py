"""Routing workers' notices to each other, by Redis pub/sub, with what holds now kept for workers that come later.

A worker asks Redis for nothing while it answers: notices are pushed to it, and its own go out behind the learner's
back. While Redis is away each worker knows what it found out by itself.
"""

import asyncio
import logging
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from time import time
from typing import cast

from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from config.redis import explained
from pipeline.redis_client import single_try
from schemas.provider_notices import CHANNEL, KEPT, Notice, NoticeError, dumps, loads

RETRY_SECONDS = 1.0
ANSWER_SECONDS = 1.0
# An open breaker's notice is renewed at each of its probes; without traffic there are none, and it is forgotten.
OPEN_SECONDS = 60.0
MOST_WAITING = 1000

log = logging.getLogger(__name__)


class RedisNotices:
    """A `NoticeBoard` on the Redis at `url`, from the event loop that first uses it.

    `counts`: `told`, `heard`, `unreadable`, `dropped` (Redis was away), `lost` (connections).
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._redis = single_try(url, ANSWER_SECONDS, ANSWER_SECONDS)
        # A connection of its own for what may be silent for long.
        self._pushed = single_try(url, ANSWER_SECONDS, None)
        self._worker = uuid.uuid4().hex
        self._waiting: asyncio.Queue[Notice] = asyncio.Queue(MOST_WAITING)
        self._tasks: list[asyncio.Task[None]] = []
        self.counts: Counter[str] = Counter()

    def listen(self, providers: Sequence[str], heard: Callable[[Notice], None]) -> None:
        """See `NoticeBoard.listen`."""
        loop = asyncio.get_running_loop()
        self._tasks += [loop.create_task(self._hear(providers, heard)), loop.create_task(self._send())]

    def tell(self, notice: Notice) -> None:
        """See `NoticeBoard.tell`."""
        if self._waiting.full():
            self.counts["dropped"] += 1
        else:
            self._waiting.put_nowait(notice)

    async def close(self) -> None:
        """See `NoticeBoard.close`."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for redis in (self._redis, self._pushed):
            await cast(Awaitable[None], redis.aclose())

    async def _send(self) -> None:
        while True:
            notice = await self._waiting.get()
            try:
                async with asyncio.timeout(2 * ANSWER_SECONDS), self._redis.pipeline(transaction=False) as batch:
                    message = dumps(notice, self._worker)
                    if notice.kind == "closed":
                        batch.delete(_kept_at(notice.provider, "open"))
                    else:
                        seconds = OPEN_SECONDS if notice.kind == "open" else notice.seconds
                        kept = b"%d %b" % (time() * 1000, message)
                        batch.set(_kept_at(notice.provider, notice.kind), kept, px=max(1, round(seconds * 1000)))
                    batch.publish(CHANNEL, message)
                    await batch.execute()
                self.counts["told"] += 1
            except (RedisError, OSError, TimeoutError) as error:
                # Where Redis is away `_hear` has said so; where it only refuses this, nobody else does.
                if not self.counts["dropped"] and not self.counts["lost"]:
                    log.warning("other workers don't hear of breakers: %s", explained(error, self._url))
                self.counts["dropped"] += 1

    async def _hear(self, providers: Sequence[str], heard: Callable[[Notice], None]) -> None:
        while True:
            try:
                async with self._pushed.pubsub(ignore_subscribe_messages=True) as subscription:
                    await subscription.subscribe(CHANNEL)
                    # After the subscription, so that nothing is missed between the two.
                    await self._read_kept(providers, heard)
                    await self._read(subscription, heard)
            except (RedisError, OSError, TimeoutError) as error:
                if not self.counts["lost"]:
                    log.warning("breakers are this worker's own: %s", explained(error, self._url))
                self.counts["lost"] += 1
                await asyncio.sleep(RETRY_SECONDS)

    async def _read_kept(self, providers: Sequence[str], heard: Callable[[Notice], None]) -> None:
        names = [_kept_at(provider, kind) for provider in providers for kind in ("open", "limited")]
        if not names:
            return
        for stored in await self._redis.mget(names):
            if stored is None:
                continue
            at, _, message = cast(bytes, stored).partition(b" ")
            # By the workers' clocks, which may differ: a notice from the future is a fresh one.
            age = max(0.0, time() - int(at) / 1000) if at.isdigit() else 0.0
            self._take(message, heard, age)

    async def _read(self, subscription: PubSub, heard: Callable[[Notice], None]) -> None:
        while True:
            message = await subscription.get_message(timeout=None)
            if message is not None and message["type"] == "message":
                self._take(message["data"], heard)

    def _take(self, message: bytes, heard: Callable[[Notice], None], age: float = 0.0) -> None:
        try:
            worker, notice = loads(message)
        except NoticeError:
            self.counts["unreadable"] += 1
            return
        holds = notice.aged(age) if age else notice
        if worker != self._worker and holds is not None:
            self.counts["heard"] += 1
            heard(holds)


def _kept_at(provider: str, kind: str) -> str:
    return f"{KEPT}{provider}:{kind}"
