"""How many requests are taken: of a learner and of a tenant a minute, of a tenant a day.

Counted in Redis, so that any number of gateways share the count; by each process for itself while Redis is away. A
bucket of `most` tokens fills evenly over `seconds`; the answer's headers say what is left and when it is full again.
"""

import asyncio
import logging
import math
import time
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from config.redis import explained
from gateway.refusal import Refusal
from schemas.redis_keys import LIMITS, OF_A_LEARNER

MINUTE, DAY = 60, 86_400
# A count that takes longer than this is not worth waiting for; and then Redis is left alone for a while.
PATIENCE_SECONDS = 0.1
AWAY_SECONDS = 5.0
MOST_BUCKETS = 50_000
MOST_CONNECTIONS = 8

# For each key its most and its seconds: is there a token in every bucket? Then take one of each, else take none.
# Time is Redis's own: the gateways' clocks need not agree. A bucket that is full is not kept.
TAKE = """
local moment = redis.call('TIME')
local now = moment[1] + moment[2] / 1000000
local left, enough = {}, 1
for i, key in ipairs(KEYS) do
  local most, seconds = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local kept = redis.call('HMGET', key, 'left', 'at')
  local tokens = most
  if kept[1] then tokens = math.min(most, kept[1] + math.max(0, now - kept[2]) * most / seconds) end
  left[i] = tokens
  if tokens < 1 then enough = 0 end
end
for i, key in ipairs(KEYS) do
  local seconds = tonumber(ARGV[2 * i])
  if enough == 1 then
    left[i] = left[i] - 1
    redis.call('HSET', key, 'left', left[i], 'at', now)
    redis.call('EXPIRE', key, math.ceil(seconds) + 1)
  end
  left[i] = tostring(left[i])
end
return {enough, unpack(left)}
"""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` requests in `seconds`; `name` is a word for headers."""

    name: str
    most: int
    seconds: int

    def wait(self, left: float, wanted: float) -> int:
        """Whole seconds until `wanted` tokens are there."""
        return max(0, math.ceil((wanted - left) * self.seconds / self.most))


Asked = Sequence[tuple[str, Limit]]


class Buckets:
    """The same count in this process, for when Redis is away. The bucket that was not used for longest goes first."""

    def __init__(self, most: int = MOST_BUCKETS) -> None:
        self._most = most
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, asked: Asked, now: float) -> tuple[bool, list[float]]:
        """Whether there was a token in every bucket, of which one each is then taken; and what is left in each."""
        left = []
        for key, limit in asked:
            tokens, at = self._buckets.get(key, (float(limit.most), now))
            left.append(min(float(limit.most), tokens + max(0.0, now - at) * limit.most / limit.seconds))
        enough = all(tokens >= 1 for tokens in left)
        if enough:
            left = [tokens - 1 for tokens in left]
            self._store(asked, left, now)
        return enough, left

    def note(self, asked: Asked, left: Sequence[float], now: float) -> None:
        """What Redis says is left: from there this process goes on when Redis goes away."""
        self._store(asked, left, now)

    def forget(self, key: str) -> None:
        """Let go of a bucket."""
        self._buckets.pop(key, None)

    def _store(self, asked: Asked, left: Sequence[float], now: float) -> None:
        for (key, _), tokens in zip(asked, left, strict=True):
            self._buckets[key] = (tokens, now)
            self._buckets.move_to_end(key)
        while len(self._buckets) > self._most:
            self._buckets.popitem(last=False)


class Limits:
    """The limits of all gateways on one Redis; a limit of 0 is none. `counts` holds refusals, and losses of Redis."""

    def __init__(self, url: str, *, learner_minute: int, tenant_minute: int, tenant_day: int) -> None:
        self._url = url
        # Bounded, so that a flood waits for a connection rather than opening one for each of its requests.
        pool = BlockingConnectionPool.from_url(
            url, max_connections=MOST_CONNECTIONS, timeout=PATIENCE_SECONDS, retry=Retry(NoBackoff(), 0)
        )
        self._redis = Redis.from_pool(pool)
        self._script = self._redis.register_script(TAKE)
        self._learner = Limit("learner", learner_minute, MINUTE)
        self._tenant = Limit("tenant", tenant_minute, MINUTE)
        self._quota = Limit("tenant-day", tenant_day, DAY)
        self._own = Buckets()
        self._away_until = 0.0
        self.counts: Counter[str] = Counter()

    async def stop(self) -> None:
        """Give the connections back."""
        await self._redis.aclose()

    def forget(self, key: bytes) -> None:
        """Keep no count of the learner with this Kafka key in this process."""
        self._own.forget(f"{OF_A_LEARNER}{key.decode(errors='replace')}")

    async def take(self, tenant: str, learner: str | None, *, event: bool = False) -> dict[str, str]:
        """Count a request of (or for) `learner`; an `event` counts for the day's quota too. The headers of its answer.

        Raises `Refusal` (429), which carries them too.
        """
        asked = self._asked(tenant, learner, event=event)
        if not asked:
            return {}
        enough, left = await self._take(asked)
        headers = headers_of(asked, left)
        if enough:
            return headers
        limit, tokens = next((limit, tokens) for (_, limit), tokens in zip(asked, left, strict=True) if tokens < 1)
        self.counts[limit.name] += 1
        raise Refusal(
            429,
            "rate_limit",
            f"more than {limit.most} requests in {limit.seconds} s of this {limit.name.partition('-')[0]}",
            retry_after=max(1, limit.wait(tokens, 1)),
            headers=headers,
        )

    def _asked(self, tenant: str, learner: str | None, *, event: bool) -> Asked:
        asked = []
        if learner is not None and self._learner.most:
            asked.append((f"{OF_A_LEARNER}{tenant}/{learner}", self._learner))
        if self._tenant.most:
            asked.append((f"{LIMITS}t:{tenant}", self._tenant))
        if event and self._quota.most:
            asked.append((f"{LIMITS}d:{tenant}", self._quota))
        return asked

    async def _take(self, asked: Asked) -> tuple[bool, list[float]]:
        now = time.monotonic()
        if now >= self._away_until:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    found = await self._script(
                        keys=[key for key, _ in asked],
                        args=[number for _, limit in asked for number in (limit.most, limit.seconds)],
                    )
                left = [float(tokens) for tokens in found[1:]]
                self._own.note(asked, left, now)
                return bool(found[0]), left
            except (RedisError, OSError, TimeoutError) as error:
                self._away_until = now + AWAY_SECONDS
                self.counts["away"] += 1
                if self.counts["away"] == 1:
                    log.warning("each gateway limits by its own count: %s", explained(error, self._url))
        return self._own.take(asked, now)


def headers_of(asked: Asked, left: Sequence[float]) -> dict[str, str]:
    """RateLimit headers: all limits as policies, and the figures of the one that is nearest to its end."""
    (_, limit), tokens = min(zip(asked, left, strict=True), key=lambda each: each[1] / each[0][1].most)
    return {
        "RateLimit-Policy": ", ".join(f'"{each.name}";q={each.most};w={each.seconds}' for _, each in asked),
        "RateLimit-Limit": str(limit.most),
        "RateLimit-Remaining": str(max(0, math.floor(tokens))),
        "RateLimit-Reset": str(limit.wait(tokens, limit.most)),
    }
