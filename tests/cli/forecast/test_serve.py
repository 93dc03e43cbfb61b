import asyncio
from collections.abc import Mapping

import aiohttp
import pytest

from agents.analytics.forecast import Forecast
from cli.exits import BAD_INPUT, UNAVAILABLE, Failure
from cli.forecast.serve import ForecastCollector, serve

FOUND = {
    "messages": Forecast(7.0, 5.0, 9.0, 2.6, 0.3, 1.0),
    "cost_usd": Forecast(0.7, 0.5, 0.9, 26.0, 3.0, 1000.0),
}


def kept_nowhere(_: Mapping[str, Forecast]) -> None:
    """For those who store nothing."""


def samples(collector: ForecastCollector) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value for one in collector.collect() for sample in one.samples
    }


def test_what_is_stale_is_not_shown() -> None:
    now = 0.0
    collector = ForecastCollector(300.0, lambda: now)
    assert samples(collector) == {}
    collector.take(FOUND)
    assert samples(collector) == {
        ("masterx_next_hour_records", "messages", "expected"): 7.0,
        ("masterx_next_hour_records", "messages", "low"): 5.0,
        ("masterx_next_hour_records", "messages", "high"): 9.0,
        ("masterx_next_hour_cost_usd", "expected"): 0.7,
        ("masterx_next_hour_cost_usd", "low"): 0.5,
        ("masterx_next_hour_cost_usd", "high"): 0.9,
    }
    now = 301.0
    assert samples(collector) == {}
    collector.take(FOUND)
    assert len(samples(collector)) == 6


async def test_it_answers_while_clickhouse_is_away(capsys: pytest.CaptureFixture[str]) -> None:
    looks = 0
    listening: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def look() -> Mapping[str, Forecast]:
        nonlocal looks
        looks += 1
        if looks < 3:
            raise Failure(UNAVAILABLE, "no ClickHouse answers")
        return FOUND

    task = asyncio.create_task(serve(look, kept_nowhere, "127.0.0.1", 0, 0.05, listening.set_result))
    address = f"http://127.0.0.1:{await listening}"
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{address}/livez") as live:
            assert (live.status, await live.text()) == (200, "ok\n")
        shown = ""
        while 'masterx_next_hour_records{bound="high",what="messages"} 9.0' not in shown:
            async with session.get(f"{address}/metrics") as answer:
                shown = await answer.text()
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert capsys.readouterr().err == "no new forecast: no ClickHouse answers\n"


async def test_what_can_not_be_stored_is_shown_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    tries = 0
    stored: asyncio.Event = asyncio.Event()
    loop = asyncio.get_running_loop()
    listening: asyncio.Future[int] = loop.create_future()

    def keep(found: Mapping[str, Forecast]) -> None:
        nonlocal tries
        tries += 1
        assert found == FOUND
        if tries < 3:
            raise Failure(BAD_INPUT, "this user lacks a right")
        loop.call_soon_threadsafe(stored.set)

    task = asyncio.create_task(serve(lambda: FOUND, keep, "127.0.0.1", 0, 0.05, listening.set_result))
    address = f"http://127.0.0.1:{await listening}/metrics"
    async with aiohttp.ClientSession() as session:
        shown = ""
        while "masterx_next_hour_records{" not in shown:
            async with session.get(address) as answer:
                shown = await answer.text()
            await asyncio.sleep(0.01)
    await asyncio.wait_for(stored.wait(), 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert capsys.readouterr().err == "forecast not stored: this user lacks a right\n"
