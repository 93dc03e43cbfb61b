"""How we talk to Redis: one try, and nobody waits for long, for there may be no Redis.

`config.redis.url` makes the address, with the login in it. The gateway, which knows no pipeline, does the same.
"""

import redis
from redis import retry as blocking_retry
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff


def single_try(url: str, connect_seconds: float, answer_seconds: float | None) -> Redis:
    """A client that tries once, where the library's would try three times; `None` waits for an answer for ever.

    Whoever uses it decides when to ask again.
    """
    return Redis.from_url(
        url, socket_connect_timeout=connect_seconds, socket_timeout=answer_seconds, retry=Retry(NoBackoff(), 0)
    )


def blocking(url: str, seconds: float) -> redis.Redis:
    """The same for commands, which may wait. Text comes as bytes."""
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=seconds,
        socket_timeout=seconds,
        retry=blocking_retry.Retry(NoBackoff(), 0),
    )
