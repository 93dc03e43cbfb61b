import asyncio
import time

from pipeline.lease import HeartbeatLease


async def test_is_not_held_before_the_first_heartbeat():
    lease = HeartbeatLease(1.0)
    assert not lease.valid()
    waiting = asyncio.create_task(lease.held())
    await asyncio.sleep(0.05)
    assert not waiting.done()
    lease.renew(time.monotonic())
    assert await asyncio.wait_for(waiting, 1)


async def test_ends_before_the_session_does_and_is_held_again_after_an_answer():
    lease = HeartbeatLease(1.0)
    lease.renew(time.monotonic() - 0.79)
    assert lease.valid()
    lease = HeartbeatLease(1.0)
    lease.renew(time.monotonic() - 0.81)
    assert not lease.valid()
    lease.renew(time.monotonic())
    assert lease.valid()


async def test_an_answer_that_comes_late_does_not_shorten_it():
    lease = HeartbeatLease(1.0)
    now = time.monotonic()
    lease.renew(now)
    lease.renew(now - 5)
    assert lease.valid()
