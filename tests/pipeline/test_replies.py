"""The reply cache's store on a real Valkey; and what happens while there is none."""

from collections.abc import Iterator

import pytest
from redis.asyncio import Redis

from local.ports import free_port
from local.valkey import Valkey
from pipeline.replies import MOST_ENTRIES, RedisReplies


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    service = Valkey(tmp_path_factory.mktemp("valkey"))
    service.start()
    yield service
    service.stop()


async def test_what_is_kept_is_found_at_each_of_its_places_until_its_time_is_over(valkey: Valkey) -> None:
    store = RedisReplies(valkey.url)
    await store.keep(["p:1", "p:2"], "id", b"\x00head", "Grüße", 100)
    assert await store.heads(["p:1", "nothing", "p:2"]) == [{"id": b"\x00head"}, {}, {"id": b"\x00head"}]
    assert await store.text("id") == "Grüße"
    assert await store.text("other") is None
    async with Redis.from_url(valkey.url) as redis:
        for key in ("p:1", "p:2", "id"):
            assert 0 < await redis.ttl(key) <= 100
    await store.close()


async def test_a_place_holds_so_many_entries_and_no_more(valkey: Valkey) -> None:
    store = RedisReplies(valkey.url)
    for number in range(MOST_ENTRIES + 3):
        await store.keep(["full"], f"id{number}", b"h", "t", 100)
    (entries,) = await store.heads(["full"])
    assert len(entries) == MOST_ENTRIES
    assert f"id{MOST_ENTRIES + 2}" in entries
    await store.close()


async def test_without_redis_nothing_is_found_and_nothing_raised() -> None:
    store = RedisReplies(f"redis://127.0.0.1:{free_port()}/0")
    assert not store.away
    assert await store.heads(["p"]) == ()
    assert store.away
    await store.keep(["p"], "id", b"h", "t", 100)
    assert await store.text("id") is None
    await store.close()
