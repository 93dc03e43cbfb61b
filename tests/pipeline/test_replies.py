"""The reply cache's store on a real Valkey; and what happens while there is none."""

from collections.abc import Iterator

import pytest
from redis.asyncio import Redis

from local.ports import free_port
from local.valkey import Valkey
from pipeline.replies import RedisReplies


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    service = Valkey(tmp_path_factory.mktemp("valkey"))
    service.start()
    yield service
    service.stop()


async def test_what_is_kept_is_found_until_its_time_is_over(valkey: Valkey) -> None:
    store = RedisReplies(valkey.url)
    await store.keep("p:1", b"old", 10)
    await store.keep("p:1", b"\x00new", 100)
    assert await store.get(["p:1", "nothing"]) == [b"\x00new", None]
    async with Redis.from_url(valkey.url) as redis:
        assert 10 < await redis.ttl("p:1") <= 100
    await store.close()


async def test_what_is_dropped_is_gone(valkey: Valkey) -> None:
    store = RedisReplies(valkey.url)
    for key in ("d:1", "d:2", "d:3"):
        await store.keep(key, b"t", 100)
    await store.drop(["d:1", "d:3", "nothing"])
    assert await store.get(["d:1", "d:2", "d:3"]) == [None, b"t", None]
    await store.close()


async def test_what_else_stands_under_a_key_is_nothing(valkey: Valkey) -> None:
    store = RedisReplies(valkey.url)
    async with Redis.from_url(valkey.url) as redis:
        await redis.hset("hash", "id", "head")
    assert await store.get(["hash"]) == [None]
    assert not store.away
    await store.close()


async def test_without_redis_nothing_is_found_and_nothing_raised() -> None:
    store = RedisReplies(f"redis://127.0.0.1:{free_port()}/0")
    assert not store.away
    assert await store.get(["p"]) == ()
    assert store.away
    await store.keep("p", b"t", 100)
    await store.drop(["p"])
    assert await store.get(["p"]) == ()
    await store.close()
