"""A stream that fails, and streams whose token expires: the app itself, without Kafka behind it."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from aiokafka import TopicPartition
from pydantic import SecretStr

from config.settings import Settings
from gateway.app import create
from gateway.auth import sign
from gateway.figures import SECTIONS
from gateway.kafka.feed import Feed
from gateway.parts import Parts
from gateway.principal import Principal
from gateway.refusal import Refusal
from gateway.routes import watch
from gateway.windows import Wanted
from schemas.topics import INTERVENTIONS, RESPONSES

KEY = "k" * 32


def begun(feed: Feed) -> None:
    """As a feed is once it has read empty topics of one partition."""
    feed.caught_up, feed.widths = True, {RESPONSES.name: 1, INTERVENTIONS.name: 1}
    feed._next = {TopicPartition(topic.name, 0): 0 for topic in (RESPONSES, INTERVENTIONS)}


@pytest.fixture
async def parts() -> AsyncIterator[Parts]:
    made = Parts(Settings(gateway_jwt_key=SecretStr(KEY)), lambda *_: None, lambda *_: [])
    begun(made.feed)
    yield made
    await made.limits.stop()


async def test_a_defect_is_not_taken_for_the_end_of_the_stream(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> AsyncGenerator[list[dict[str, Any]], None]:
        yield [{"type": "hello"}]
        raise RuntimeError("a defect")

    monkeypatch.setattr(parts.streams, "_batches", broken)
    token = sign(KEY, tenant="s", role="learner", learner="ada", seconds=60)
    transport = httpx.ASGITransport(app=create(parts, loopback=True))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        with pytest.raises(RuntimeError, match="a defect"):
            await http.get("/v1/events", headers={"Authorization": f"Bearer {token}"})
    assert parts.hub.open == 0


async def test_a_stream_ends_when_its_token_expires_though_nothing_comes(parts: Parts) -> None:
    principal = Principal("s", "learner", "ada", expires_at=time.time() + 0.1)
    seen = []
    with parts.streams.opened(principal, "ada", None, None) as opened, pytest.raises(Refusal) as refused:
        async with asyncio.timeout(10), aclosing(opened.batches) as batches:
            async for frames in batches:
                seen += frames
    assert (refused.value.status, [frame["type"] for frame in seen]) == (401, ["hello"])


async def test_who_watches_the_figures_is_cut_off_when_the_token_expires(parts: Parts) -> None:
    shown = []

    async def send_text(text: str) -> None:
        shown.append(text)

    socket = cast(Any, SimpleNamespace(send_text=send_text))
    principal = Principal("s", "staff", expires_at=time.time() + 0.1)
    with pytest.raises(Refusal) as refused:
        async with asyncio.timeout(10):
            await watch._send(socket, parts, principal, SECTIONS, Wanted(), asyncio.Event())
    assert refused.value.status == 401
