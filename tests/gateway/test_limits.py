"""Limits on the real Valkey, shared by two gateways' counters, and without it."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from gateway import limits as limits_module
from gateway.limits import Buckets, Limit, Limits
from gateway.refusal import Refusal, response_to
from local.valkey import Valkey

pytestmark = [pytest.mark.stack]


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    service = Valkey(tmp_path_factory.mktemp("limits"))
    service.start()
    yield service
    service.stop()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine is not an absent Redis."""
    monkeypatch.setattr(limits_module, "PATIENCE_SECONDS", 20.0)


def made(url: str, learner: int = 3, tenant: int = 0, day: int = 0) -> Limits:
    return Limits(url, learner_minute=learner, tenant_minute=tenant, tenant_day=day)


async def refused(limits: Limits, tenant: str, learner: str | None, *, event: bool = False) -> dict[str, str]:
    with pytest.raises(Refusal) as found:
        await limits.take(tenant, learner, event=event)
    assert found.value.status == 429
    return {name.lower(): value for name, value in response_to(found.value).headers.items()}


async def test_two_gateways_share_one_count(valkey: Valkey) -> None:
    one, two = made(valkey.url), made(valkey.url)
    first = await one.take("s", "ada")
    assert (first["RateLimit-Limit"], first["RateLimit-Remaining"]) == ("3", "2")
    assert first["RateLimit-Policy"] == '"learner";q=3;w=60'
    assert (await two.take("s", "ada"))["RateLimit-Remaining"] == "1"
    assert (await one.take("s", "ada"))["RateLimit-Remaining"] == "0"
    for limits in (one, two):
        headers = await refused(limits, "s", "ada")
        assert 1 <= int(headers["retry-after"]) <= 20
        assert headers["ratelimit-remaining"] == "0"
        assert int(headers["ratelimit-reset"]) <= 60
    # Others have their own.
    assert (await two.take("s", "ben"))["RateLimit-Remaining"] == "2"
    assert (await two.take("t", "ada"))["RateLimit-Remaining"] == "2"
    await one.stop()
    await two.stop()


async def test_a_request_that_one_limit_refuses_costs_nothing_of_another(valkey: Valkey) -> None:
    limits = made(valkey.url, learner=2, tenant=5)
    for _ in range(2):
        await limits.take("cost", "ada")
    for _ in range(5):
        await refused(limits, "cost", "ada")
    for _ in range(2):
        await limits.take("cost", "ben")
    headers = await limits.take("cost", None)
    assert (headers["RateLimit-Limit"], headers["RateLimit-Remaining"]) == ("5", "0")
    assert (await refused(limits, "cost", "cleo"))["ratelimit-policy"] == '"learner";q=2;w=60, "tenant";q=5;w=60'
    await limits.stop()


async def test_the_days_quota_counts_events_alone(valkey: Valkey) -> None:
    limits = made(valkey.url, learner=0, day=1)
    assert await limits.take("quota", "ada") == {}
    await limits.take("quota", "ada", event=True)
    assert 60 < int((await refused(limits, "quota", "ben", event=True))["retry-after"]) <= 86_400
    assert await limits.take("quota", "ada") == {}
    await limits.stop()


async def test_while_redis_is_away_each_counts_for_itself(valkey: Valkey) -> None:
    one, two = made(valkey.url), made(valkey.url)
    await one.take("away", "ada")
    valkey.stop()
    try:
        # One knows what was left when Redis went; the other one has not asked yet.
        for limits, left in ((one, 2), (two, 3)):
            for _ in range(left):
                await limits.take("away", "ada")
            await refused(limits, "away", "ada")
            # Asked once, and then left alone for a while.
            assert limits.counts["away"] == 1
    finally:
        valkey.start()
    one._away_until = 0.0
    assert "RateLimit-Remaining" in await one.take("away", "ben")
    assert one.counts["away"] == 1
    await one.stop()
    await two.stop()


def test_a_bucket_fills_evenly_and_up_to_its_most() -> None:
    buckets, asked = Buckets(), [("a", Limit("learner", 60, 60))]
    for _ in range(60):
        assert buckets.take(asked, 0.0)[0]
    assert buckets.take(asked, 0.5) == (False, [0.5])
    assert buckets.take(asked, 1.0) == (True, [0.0])
    assert buckets.take(asked, 1000.0) == (True, [59.0])


def test_no_more_buckets_are_kept_than_are_allowed() -> None:
    buckets = Buckets(most=2)
    for key in "abc":
        buckets.take([(key, Limit("learner", 5, 60))], 0.0)
    assert buckets.take([("a", Limit("learner", 5, 60))], 0.0) == (True, [4.0])
    assert buckets.take([("c", Limit("learner", 5, 60))], 0.0) == (True, [3.0])


async def test_many_at_once_take_no_more_than_there_is(valkey: Valkey) -> None:
    limits = made(valkey.url, learner=20)
    begin = time.monotonic()

    async def one() -> bool:
        try:
            await limits.take("many", "ada")
        except Refusal:
            return False
        return True

    taken = sum(await asyncio.gather(*(one() for _ in range(60))))
    assert limits.counts["away"] == 0
    # What a slow machine's time fills in again meanwhile may be taken too.
    assert 20 <= taken <= 20 + 1 + (time.monotonic() - begin) / 3
    await limits.stop()
