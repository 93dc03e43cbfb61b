"""A stream over server-sent events that fails: the app itself, without Kafka behind it."""

from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from aiokafka import TopicPartition
from pydantic import SecretStr

from config.settings import Settings
from gateway.app import create
from gateway.auth import sign
from gateway.kafka.feed import Feed
from gateway.parts import Parts
from schemas.topics import INTERVENTIONS, RESPONSES

KEY = "k" * 32


def begun(feed: Feed) -> None:
    """As a feed is once it has read empty topics of one partition."""
    feed.caught_up, feed.widths = True, {RESPONSES.name: 1, INTERVENTIONS.name: 1}
    feed._next = {TopicPartition(topic.name, 0): 0 for topic in (RESPONSES, INTERVENTIONS)}


async def test_a_defect_is_not_taken_for_the_end_of_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> AsyncGenerator[list[dict[str, Any]], None]:
        yield [{"type": "hello"}]
        raise RuntimeError("a defect")

    parts = Parts(Settings(gateway_jwt_key=SecretStr(KEY)), lambda *_: None, lambda *_: [])
    begun(parts.feed)
    monkeypatch.setattr(parts.streams, "_batches", broken)
    token = sign(KEY, tenant="s", role="learner", learner="ada", seconds=60)
    transport = httpx.ASGITransport(app=create(parts, loopback=True))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        with pytest.raises(RuntimeError, match="a defect"):
            await http.get("/v1/events", headers={"Authorization": f"Bearer {token}"})
    assert parts.hub.open == 0
    await parts.limits.stop()
