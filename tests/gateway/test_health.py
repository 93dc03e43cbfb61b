import asyncio

from gateway.health import Health


async def settled(health: Health) -> dict[str, object]:
    health.start()
    await asyncio.sleep(0.05)
    report = health.report()
    await health.stop()
    return report


async def fine() -> None:
    return


async def away() -> None:
    raise ConnectionError("secret address")


async def hang() -> None:
    await asyncio.Event().wait()


async def test_each_part_is_reported_and_only_what_is_needed_decides() -> None:
    report = await settled(Health({"kafka": fine, "redis": away}, frozenset({"kafka"})))
    assert report["ready"] is True
    parts = report["parts"]
    assert isinstance(parts, dict)
    assert parts["kafka"]["ok"]
    assert parts["kafka"]["latency_ms"] >= 0
    assert parts["redis"] == {"ok": False, "latency_ms": None, "needed": False, "error": "ConnectionError"}


async def test_a_part_that_hangs_holds_nobody_up() -> None:
    report = await settled(Health({"kafka": hang}, frozenset({"kafka"})))
    assert report["ready"] is False
    assert report["parts"] == {"kafka": {"ok": False, "latency_ms": None, "needed": True, "error": "not looked at yet"}}
