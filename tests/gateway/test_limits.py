"""Limits on the real Valkey, shared by two gateways' counters, and without it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from gateway import limits as limits_module
from gateway.limits import Buckets, Limit, Limits
from gateway.refusal import Refusal, response_to
from local.valkey import Valkey

pytestmark = [pytest.mark.stack]
# Of a limit's window here: nothing is filled in again while a test runs, however slow the machine is.
WINDOW = 6000
Make = Callable[..., Limits]


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    service = Valkey(tmp_path_factory.mktemp("limits"))
    service.start()
    yield service
    service.stop()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine is not an absent Redis, and one that is absent is not asked again while a test runs."""
    monkeypatch.setattr(limits_module, "PATIENCE_SECONDS", 20.0)
    monkeypatch.setattr(limits_module, "AWAY_SECONDS", 3600.0)


@pytest.fixture
async def made(valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Make]:
    """Makes limits on the Valkey; gives their connections back after the test, whatever came of it."""
    found = []

    def make(learner: int = 3, tenant: int = 0, day: int = 0, window: int = WINDOW) -> Limits:
        monkeypatch.setattr(limits_module, "MINUTE", window)
        found.append(Limits(valkey.url, learner_minute=learner, tenant_minute=tenant, tenant_day=day))
        return found[-1]

    yield make
    for limits in found:
        await limits.stop()


async def refused(limits: Limits, tenant: str, learner: str | None, *, event: bool = False) -> dict[str, str]:
    with pytest.raises(Refusal) as found:
        await limits.take(tenant, learner, event=event)
    assert found.value.status == 429
    return {name.lower(): value for name, value in response_to(found.value).headers.items()}


async def test_two_gateways_share_one_count(made: Make) -> None:
    one, two = made(), made()
    first = await one.take("s", "ada")
    assert (first["RateLimit-Limit"], first["RateLimit-Remaining"]) == ("3", "2")
    assert first["RateLimit-Policy"] == f'"learner";q=3;w={WINDOW}'
    assert (await two.take("s", "ada"))["RateLimit-Remaining"] == "1"
    assert (await one.take("s", "ada"))["RateLimit-Remaining"] == "0"
    for limits in (one, two):
        headers = await refused(limits, "s", "ada")
        assert 1 <= int(headers["retry-after"]) <= WINDOW / 3
        assert headers["ratelimit-remaining"] == "0"
        assert int(headers["ratelimit-reset"]) <= WINDOW
    # Others have their own.
    assert (await two.take("s", "ben"))["RateLimit-Remaining"] == "2"
    assert (await two.take("t", "ada"))["RateLimit-Remaining"] == "2"


async def test_the_window_is_a_minute(made: Make) -> None:
    headers = await made(learner=6, tenant=12, window=limits_module.MINUTE).take("minute", "ada")
    assert headers["RateLimit-Policy"] == '"learner";q=6;w=60, "tenant";q=12;w=60'
    assert (headers["RateLimit-Remaining"], headers["RateLimit-Reset"]) == ("5", "10")


async def test_a_request_that_one_limit_refuses_costs_nothing_of_another(made: Make) -> None:
    limits = made(learner=2, tenant=5)
    for _ in range(2):
        await limits.take("cost", "ada")
    for _ in range(5):
        await refused(limits, "cost", "ada")
    for _ in range(2):
        await limits.take("cost", "ben")
    headers = await limits.take("cost", None)
    assert (headers["RateLimit-Limit"], headers["RateLimit-Remaining"]) == ("5", "0")
    policy = (await refused(limits, "cost", "cleo"))["ratelimit-policy"]
    assert policy == f'"learner";q=2;w={WINDOW}, "tenant";q=5;w={WINDOW}'


async def test_the_days_quota_counts_events_alone(made: Make) -> None:
    limits = made(learner=0, day=1)
    assert await limits.take("quota", "ada") == {}
    await limits.take("quota", "ada", event=True)
    assert 60 < int((await refused(limits, "quota", "ben", event=True))["retry-after"]) <= 86_400
    assert await limits.take("quota", "ada") == {}


async def test_while_redis_is_away_each_counts_for_itself(valkey: Valkey, made: Make) -> None:
    one, two = made(), made()
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


async def test_many_at_once_take_no_more_than_there_is(made: Make) -> None:
    limits = made(learner=20)

    async def one() -> bool:
        try:
            await limits.take("many", "ada")
        except Refusal:
            return False
        return True

    taken = sum(await asyncio.gather(*(one() for _ in range(60))))
    assert limits.counts["away"] == 0
    assert taken == 20
