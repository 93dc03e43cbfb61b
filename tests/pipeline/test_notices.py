"""Routers that tell each other of their providers, over a real Valkey; and what happens while there is none."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from agents.routing.ledger import ConversationState
from agents.routing.providers.factory import client_for
from agents.routing.router import Router
from config.prompts import fixed_replies, tutor_template
from config.providers import Timeouts
from local.ports import free_port
from local.provider import Provider as ProviderProcess
from local.valkey import Valkey
from pipeline import notices
from pipeline.notices import RedisNotices
from schemas.codec import Event
from schemas.provider_notices import CHANNEL, Notice
from tests.agents.routing.conftest import declared, due_in, now_micros

MakeWorker = Callable[[str], Router]


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    service = Valkey(tmp_path_factory.mktemp("valkey"))
    service.start()
    yield service
    service.stop()


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderProcess]:
    process = ProviderProcess(tmp_path_factory.mktemp("provider"))
    process.start()
    yield process
    process.stop()


@pytest.fixture(autouse=True)
async def clean(valkey: Valkey, provider: ProviderProcess) -> None:
    provider.reset()
    async with Redis.from_url(valkey.url) as redis:
        await redis.flushdb()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - what is waited for comes by a socket
            await asyncio.sleep(0.01)


@pytest.fixture
async def worker(provider: ProviderProcess) -> AsyncIterator[MakeWorker]:
    """Makes routers with a board on the Redis at an address; closes them after the test."""
    routers = []
    limits = Timeouts(first_token=0.3, between_tokens=1, total=3)

    def make(url: str) -> Router:
        entries = [declared(name, f"{provider.url}/{name}/v1", timeouts=limits) for name in ("bad", "good")]
        clients = {entry.name: client_for(entry) for entry in entries}
        routers.append(Router(entries, clients, tutor_template(), fixed_replies(), board=RedisNotices(url)))
        return routers[-1]

    yield make
    for router in routers:
        await router.close()


async def ask(router: Router, seconds: float = 20) -> Event:
    response, _ = await router.answer(due_in(seconds), ConversationState(), now_micros, repeated=False)
    return response


def bad_tries(response: Event) -> list[str]:
    return [tried["outcome"] for tried in response["tries"] if tried["provider"] == "bad"]


async def subscribed(valkey: Valkey, count: int) -> None:
    async with Redis.from_url(valkey.url) as redis, asyncio.timeout(20):
        while dict(await redis.pubsub_numsub(CHANNEL))[CHANNEL.encode()] < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_outage_that_one_worker_has_found_costs_the_other_no_call(
    valkey: Valkey, provider: ProviderProcess, worker: MakeWorker
) -> None:
    first, second = worker(valkey.url), worker(valkey.url)
    await asyncio.gather(ask(first), ask(second))
    await subscribed(valkey, 2)
    provider.control(mode="hang", provider="bad")
    await asyncio.gather(*(ask(first) for _ in range(10)))
    assert first.health.breakers["bad"].is_open
    await until(lambda: second.counts["told_open:bad"] == 1)
    calls = provider.stats()["by_provider"]["bad"]
    responses = await asyncio.gather(*(ask(second) for _ in range(10)))
    assert {response["provider"] for response in responses} == {"good"}
    assert [bad_tries(response) for response in responses] == [["open"]] * 10
    assert provider.stats()["by_provider"]["bad"] == calls
    # A worker that comes later knows it from what is kept.
    third = worker(valkey.url)
    third._listen()
    await until(lambda: third.counts["told_open:bad"] == 1)
    # And when the first one's probe is answered, all go back to it.
    provider.control()
    while first.health.breakers["bad"].is_open:
        await ask(first)
        await asyncio.sleep(0.05)
    await until(lambda: not second.health.breakers["bad"].is_open and not third.health.breakers["bad"].is_open)
    assert bad_tries(await ask(second)) == ["ok"]
    async with Redis.from_url(valkey.url) as redis:
        assert await redis.keys("masterx:provider:*") == []


async def test_limit_that_one_worker_has_met_is_kept_to_by_the_other(
    valkey: Valkey, provider: ProviderProcess, worker: MakeWorker
) -> None:
    first, second = worker(valkey.url), worker(valkey.url)
    await asyncio.gather(ask(first), ask(second))
    await subscribed(valkey, 2)
    provider.control(mode="rate-limit", retry_after=30, provider="bad")
    assert bad_tries(await ask(first)) == ["rate_limited"]
    await until(lambda: second.counts["told_limited:bad"] == 1)
    assert bad_tries(await ask(second)) == []
    async with Redis.from_url(valkey.url) as redis:
        assert 0 < await redis.ttl("masterx:provider:bad:limited") <= 30
    third = worker(valkey.url)
    third._listen()
    await until(lambda: third.counts["told_limited:bad"] == 1)


async def test_what_is_no_notice_is_counted_and_passed_over(valkey: Valkey) -> None:
    board, heard = RedisNotices(valkey.url), list[Notice]()
    async with Redis.from_url(valkey.url) as redis:
        await redis.set("masterx:provider:one:open", b"no notice")
        board.listen(["one"], heard.append)
        await subscribed(valkey, 1)
        await redis.publish(CHANNEL, b"{}")
        await until(lambda: board.counts["unreadable"] == 2)
    assert heard == []
    await board.close()


async def test_without_redis_each_worker_finds_out_by_itself_and_with_it_again_they_talk(
    provider: ProviderProcess, worker: MakeWorker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "RETRY_SECONDS", 0.05)
    service = Valkey(tmp_path, port=free_port())
    first, second = worker(service.url), worker(service.url)
    provider.control(mode="fail", provider="bad")
    for router in (first, second):
        responses = await asyncio.gather(*(ask(router) for _ in range(8)))
        assert {response["provider"] for response in responses} == {"good"}
        assert router.health.breakers["bad"].is_open
    provider.control()
    await asyncio.to_thread(service.start)
    try:
        await subscribed(service, 2)
        # As if it had failed many probes, with the next due in an hour.
        second.health.breakers["bad"]._probe_at = asyncio.get_running_loop().time() + 3600
        while first.health.breakers["bad"].is_open:
            await ask(first)
            await asyncio.sleep(0.05)
        # Its own calls had failed: the other's word lets it try at once.
        await until(lambda: second.counts["told_closed:bad"] == 1)
        assert bad_tries(await ask(second))[-1] == "ok"
    finally:
        await asyncio.to_thread(service.stop)
