import asyncio
from dataclasses import replace

import pytest

from agents.routing import health as health_module
from agents.routing import silence
from agents.routing.breaker import FIRST_COOLDOWN
from agents.routing.health import Health, Slot
from agents.routing.hedge import LEAST_SAMPLES
from config.providers import Limits, Provider
from schemas.provider_notices import Notice
from tests.agents.routing.conftest import declared

ONE: Provider = declared("one", "http://127.0.0.1:1/v1", limits=Limits(concurrent=2))


def slot(health: Health, now: float) -> Slot:
    given = health.acquire(ONE, now)
    assert given is not None
    return given


async def test_slots_are_as_many_as_the_provider_allows() -> None:
    health = Health([ONE])
    first, _ = slot(health, 1.0), slot(health, 1.0)
    assert health.acquire(ONE, 1.0) is None
    assert health.ready_at(ONE, 1.0) is None
    health.released(first)
    assert health.ready_at(ONE, 1.0) == 1.0


async def test_freed_slot_wakes_those_who_wait() -> None:
    health = Health([ONE])
    slots = [slot(health, 1.0), slot(health, 1.0)]
    waiter = asyncio.create_task(health.changed(60))
    await asyncio.sleep(0)
    health.succeeded(slots[0], 1.0)
    async with asyncio.timeout(10):
        await waiter


async def test_end_of_an_outage_wakes_those_who_wait() -> None:
    health = Health([ONE])
    for _ in range(5):
        health.failed(slot(health, 1.0), 1.0)
    probe = slot(health, 2.0)
    waiters = [asyncio.create_task(health.changed(60)) for _ in range(3)]
    await asyncio.sleep(0)
    health.succeeded(probe, 2.0)
    async with asyncio.timeout(10):
        await asyncio.gather(*waiters)
    assert health.ready_at(ONE, 2.0) == 2.0


async def test_refused_calls_have_used_no_tokens_of_the_minute() -> None:
    key = replace(ONE, limits=Limits(tokens_per_minute=600, concurrent=100))
    health = Health([key])
    given = [health.acquire(key, 1.0, 40), health.acquire(key, 1.0, 40)]
    assert health.acquire(key, 1.0, 40) is None
    for one in given:
        assert one is not None
        health.limited(one, 1.0, 2.0)
    # As the provider asks, and not a minute later.
    assert health.ready_at(key, 1.0, 40) == 3.0


async def test_waiting_ends_by_itself() -> None:
    async with asyncio.timeout(10):
        await Health([ONE]).changed(0.01)


async def test_opening_is_told_to_one_caller() -> None:
    health = Health([ONE])
    assert [health.failed(slot(health, 1.0), 1.0) for _ in range(5)].count(True) == 1


def telling() -> tuple[Health, list[Notice]]:
    told: list[Notice] = []
    return Health([ONE], tell=told.append), told


async def test_openings_failed_probes_and_the_end_of_an_outage_are_told() -> None:
    health, told = telling()
    for _ in range(5):
        health.failed(slot(health, 1.0), 1.0)
    health.failed(slot(health, 2.0), 2.0)
    health.succeeded(slot(health, 4.0), 4.0)
    health.succeeded(slot(health, 4.0), 4.0)
    assert told == [
        Notice("one", "open", 0.0, 0.0, FIRST_COOLDOWN),
        Notice("one", "open", 1.0, 1.0, 2 * FIRST_COOLDOWN),
        Notice("one", "closed"),
    ]


async def test_burst_of_refusals_is_told_once() -> None:
    health, told = telling()
    slots = [slot(health, 1.0), slot(health, 1.0)]
    health.limited(slots[0], 1.0, 3.0)
    health.limited(slots[1], 1.0, 3.0)
    health.wished(ONE, 1.0, 9.0)
    assert told == [Notice("one", "limited", 3.0), Notice("one", "limited", 9.0)]


async def test_what_is_heard_is_not_told_again() -> None:
    health, told = telling()
    assert health.heard(Notice("one", "limited", 3.0), 1.0)
    assert health.ready_at(ONE, 1.0) == 4.0
    assert not health.heard(Notice("one", "limited", 2.0), 1.0)
    assert health.heard(Notice("one", "open", 0.0, 0.1, 0.5), 1.0)
    assert not health.heard(Notice("another", "open", 0.0, 0.1, 0.5), 1.0)
    assert told == []


async def test_others_good_probe_wakes_those_who_wait() -> None:
    health, _ = telling()
    health.heard(Notice("one", "open", 0.0, 0.1, 0.5), 1.0)
    waiter = asyncio.create_task(health.changed(60))
    await asyncio.sleep(0)
    assert health.heard(Notice("one", "closed"), 1.1)
    async with asyncio.timeout(10):
        await waiter
    assert health.ready_at(ONE, 1.1) == 1.1


PACE = 0.01
MANY = replace(ONE, limits=Limits(concurrent=100))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silence, "LEAST_SECONDS", 0.05)
    monkeypatch.setattr(health_module, "LOOK_SECONDS", 0.02)


def watched(told: list[Notice], silenced: list[Provider]) -> tuple[Health, list[Slot]]:
    health = Health([MANY], tell=told.append, silenced=silenced.append)
    for _ in range(LEAST_SAMPLES):
        health.paces["one"].began_after(PACE)
    now = asyncio.get_running_loop().time()
    slots = [given for _ in range(silence.LEAST_CALLS) if (given := health.acquire(MANY, now)) is not None]
    assert len(slots) == silence.LEAST_CALLS
    return health, slots


@pytest.mark.usefixtures("quick")
async def test_silence_opens_the_breaker_and_ends_the_wait_of_calls_under_way() -> None:
    told: list[Notice] = []
    silenced: list[Provider] = []
    health, _ = watched(told, silenced)
    async with asyncio.timeout(20):
        await health.opening(ONE)
    assert health.breakers["one"].is_open
    assert [notice.kind for notice in told] == ["open"]
    assert told[0].failing > PACE
    assert [provider.name for provider in silenced] == ["one"]


@pytest.mark.usefixtures("quick")
async def test_provider_that_speaks_to_somebody_is_not_silent() -> None:
    health, slots = watched([], [])
    opening = health.opening(ONE)
    for _ in range(10):
        await asyncio.sleep(0.02)
        health.spoke(slots[0], asyncio.get_running_loop().time())
    assert not opening.done()
    # With no call left to wait for it is no longer watched.
    for each in slots:
        health.released(each)
    async with asyncio.timeout(20):
        while health._looks:  # noqa: ASYNC110 - a timer of its own
            await asyncio.sleep(0.01)
    assert not health.breakers["one"].is_open


async def test_others_word_ends_the_wait_too() -> None:
    health, _ = telling()
    opening = health.opening(ONE)
    health.heard(Notice("one", "open", 0.0, 0.1, 0.5), 1.0)
    assert opening.done()
    health.close()
