"""A gateway whose Kafka user loses the right to read a topic, and gets it again, on a broker that checks rights."""

import asyncio

import pytest

from gateway.kafka import feed as feed_module
from gateway.parts import Parts
from local.kafka.security import ADMIN
from local.stack import Stack
from pipeline import access
from pipeline.access import Right
from schemas.topics import INTERVENTIONS
from tests.end_to_end.test_security import as_user
from tests.gateway.school import until

pytestmark = [pytest.mark.kafka, pytest.mark.stack, pytest.mark.timeout(180)]

STEADY_SECONDS = 4.0


async def test_without_the_right_to_read_it_is_not_ready_until_it_has_it_again(
    secured: Stack, caplog: pytest.LogCaptureFixture
) -> None:
    admin = as_user(secured, ADMIN)
    right = Right("masterx-gateway", "TOPIC", INTERVENTIONS.name, "READ")
    parts = Parts(as_user(secured, "masterx-gateway"), lambda *_: None, lambda *_: [])
    feed = parts.feed
    feed.start()
    try:
        await until(lambda: feed.caught_up and feed.reading)
        caplog.clear()
        await asyncio.to_thread(access.revoke, admin, [right])
        try:
            await until(lambda: not feed.reading)
            looks = []
            for _ in range(int(STEADY_SECONDS / 0.05)):
                await asyncio.sleep(0.05)
                looks.append(feed.reading)
            assert not any(looks), "it says that it reads, each time that it begins"
        finally:
            await asyncio.to_thread(access.grant, admin, [right])
        await until(lambda: feed.reading)
    finally:
        await feed.stop()
        await parts.limits.stop()
    said = [record.getMessage() for record in caplog.records if record.name == feed_module.__name__]
    assert len(said) == 1, said
    assert "TopicAuthorizationFailedError" in said[0] and INTERVENTIONS.name in said[0]
