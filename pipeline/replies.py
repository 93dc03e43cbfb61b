"""The reply cache's store: each reply under a key of its own on Redis, with a time to live.

Redis may be gone at any time: then nothing is found and nothing kept, and nobody waits for long.
"""

import logging
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import cast

from redis.exceptions import RedisError

from config.redis import explained
from pipeline.redis_client import single_try

ANSWER_SECONDS = 0.25
# Redis is asked again after it failed, seconds.
AWAY_SECONDS = 2.0

log = logging.getLogger(__name__)


class RedisReplies:
    """A `ReplyStore` on the Redis at `url`, from the event loop that first uses it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._redis = single_try(url, ANSWER_SECONDS, ANSWER_SECONDS)
        self._away_until = 0.0

    @property
    def away(self) -> bool:
        """See `ReplyStore.away`."""
        return monotonic() < self._away_until

    async def get(self, keys: Sequence[str]) -> Sequence[bytes | None]:
        """See `ReplyStore.get`."""
        if not self.away:
            with self._asking():
                return cast(list[bytes | None], await self._redis.mget(keys))
        return ()

    async def keep(self, key: str, value: bytes, seconds: int) -> None:
        """See `ReplyStore.keep`."""
        if not self.away:
            with self._asking():
                await self._redis.set(key, value, ex=seconds)

    async def drop(self, keys: Sequence[str]) -> None:
        """See `ReplyStore.drop`."""
        if not self.away:
            with self._asking():
                await self._redis.delete(*keys)

    async def close(self) -> None:
        """See `ReplyStore.close`."""
        await cast(Awaitable[None], self._redis.aclose())

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except (RedisError, OSError, TimeoutError) as error:
            if not self.away:
                log.warning("no replies are looked for: %s", explained(error, self._url))
            self._away_until = monotonic() + AWAY_SECONDS
