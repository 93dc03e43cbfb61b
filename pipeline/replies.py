"""The reply cache's store: hashes of entries by place on Redis, the replies beside them, all with a time to live.

Redis may be gone at any time: then nothing is found and nothing kept, and nobody waits for long.
"""

import logging
from collections.abc import Awaitable, Mapping, Sequence
from time import monotonic
from typing import Any, cast

from redis.exceptions import RedisError

from config.redis import explained
from pipeline.redis_client import single_try

ANSWER_SECONDS = 0.25
# Redis is asked again after it failed, seconds.
AWAY_SECONDS = 2.0
# Entries at one place; one of them makes room.
MOST_ENTRIES = 32

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

    async def heads(self, places: Sequence[str]) -> Sequence[Mapping[str, bytes]]:
        """See `ReplyStore.heads`."""
        if self.away or not places:
            return ()
        try:
            async with self._redis.pipeline(transaction=False) as batch:
                for place in places:
                    batch.hgetall(place)
                found = cast(list[dict[bytes, bytes]], await batch.execute())
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)
            return ()
        return [{entry_id.decode(): head for entry_id, head in entries.items()} for entries in found]

    async def text(self, entry_id: str) -> str | None:
        """See `ReplyStore.text`."""
        try:
            found = cast(bytes | None, await self._redis.get(entry_id))
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)
            return None
        return found.decode() if found else None

    async def keep(self, places: Sequence[str], entry_id: str, head: bytes, text: str, seconds: int) -> None:
        """See `ReplyStore.keep`."""
        if self.away:
            return
        try:
            async with self._redis.pipeline(transaction=False) as batch:
                for place in places:
                    batch.hkeys(place)
                known = cast(list[list[bytes]], await batch.execute())
                batch.set(entry_id, text.encode(), ex=seconds)
                for place, ids in zip(places, known, strict=True):
                    if entry_id.encode() not in ids and len(ids) >= MOST_ENTRIES:
                        batch.hdel(place, *ids[: len(ids) - MOST_ENTRIES + 1])
                    batch.hset(place, entry_id, cast(Any, head))
                    batch.expire(place, seconds)
                await batch.execute()
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)

    async def close(self) -> None:
        """See `ReplyStore.close`."""
        await cast(Awaitable[None], self._redis.aclose())

    def _failed(self, error: Exception) -> None:
        if not self.away:
            log.warning("no replies are looked for: %s", explained(error, self._url))
        self._away_until = monotonic() + AWAY_SECONDS
