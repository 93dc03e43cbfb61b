"""Replies' tokens from Redis, for the learners who have a stream open here."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from config.redis import explained
from schemas.token_frames import PREFIX, FrameError, TokenFrame, channel, key_of, loads

RETRY_SECONDS = 1.0
ANSWER_SECONDS = 2.0
MOST_CHANNELS_A_CALL = 500

log = logging.getLogger(__name__)


class Listener:
    """Subscribes to the channels of the learners that `follow` names. Redis may come and go."""

    def __init__(self, url: str, take: Callable[[bytes, TokenFrame], None]) -> None:
        self._url = url
        self._redis = Redis.from_url(
            url, socket_connect_timeout=ANSWER_SECONDS, socket_timeout=None, retry=Retry(NoBackoff(), 0)
        )
        self._take = take
        self._wanted: set[str] = set()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.counts: Counter[str] = Counter()

    def start(self) -> None:
        """Begin to listen."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._redis.aclose()

    def follow(self, key: bytes, yes: bool) -> None:
        """Listen to this learner's tokens, or no longer."""
        name = channel(key)
        if yes:
            self._wanted.add(name)
        else:
            self._wanted.discard(name)
        self._changed.set()

    async def ping(self) -> None:
        """Raises `RedisError` or `OSError` where Redis does not answer."""
        await self._redis.ping()

    async def _run(self) -> None:
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as subscription:
                    # A subscription without any channel can't be read.
                    await subscription.subscribe(PREFIX)
                    following = asyncio.create_task(self._subscribe(subscription))
                    try:
                        await self._read(subscription, following)
                    finally:
                        following.cancel()
                        await asyncio.gather(following, return_exceptions=True)
            except (RedisError, OSError, TimeoutError) as error:
                if not self.counts["lost"]:
                    log.warning("no tokens go ahead of replies: %s", explained(error, self._url))
                self.counts["lost"] += 1
            except Exception as error:
                # Without this task no token would come until the gateway is started again.
                if not self.counts["failed"]:
                    log.error("tokens failed; they are listened for again", exc_info=error)
                self.counts["failed"] += 1
            await asyncio.sleep(RETRY_SECONDS)

    async def _read(self, subscription: PubSub, following: "asyncio.Task[None]") -> None:
        while not following.done():
            message = await subscription.get_message(timeout=1.0)
            if message is None or message["type"] != "message":
                continue
            try:
                self._take(key_of(message["channel"].decode()), loads(message["data"]))
            except FrameError:
                self.counts["unreadable"] += 1
        await following

    async def _subscribe(self, subscription: PubSub) -> None:
        """Keep the subscription to what is wanted, many channels a call."""
        there: set[str] = set()
        while True:
            new, old = list(self._wanted - there), list(there - self._wanted)
            for begin in range(0, len(new), MOST_CHANNELS_A_CALL):
                await subscription.subscribe(*new[begin : begin + MOST_CHANNELS_A_CALL])
            for begin in range(0, len(old), MOST_CHANNELS_A_CALL):
                await subscription.unsubscribe(*old[begin : begin + MOST_CHANNELS_A_CALL])
            there.update(new)
            there.difference_update(old)
            await self._changed.wait()
            self._changed.clear()
