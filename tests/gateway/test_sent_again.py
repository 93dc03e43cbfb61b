"""A message that is sent again, since the answer to its first request was lost, on a real Kafka."""

import asyncio
from contextlib import aclosing
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from cli.gateway import make_headers
from config.settings import Settings
from gateway.app import create
from gateway.auth import sign
from gateway.compose import identity
from gateway.cursor import RESPONSE
from gateway.parts import Parts
from gateway.principal import Principal
from pipeline import admin
from schemas.topics import INTERVENTIONS, MESSAGES, RESPONSES
from tests.gateway.school import SECONDS, School, running, until

pytestmark = [pytest.mark.kafka, pytest.mark.stack, pytest.mark.timeout(180)]

KEY = "k" * 32


async def posted(parts: Parts, school: School, key: str) -> dict[str, Any]:
    token = sign(KEY, tenant=school.tenant, role="learner", learner="ada", seconds=60)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
    transport = httpx.ASGITransport(app=create(parts, loopback=True))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        answer = await http.post("/v1/messages", json={"text": "What is a half?"}, headers=headers)
    assert answer.status_code == 202, answer.text
    taken: dict[str, Any] = answer.json()
    return taken


async def test_the_cursor_of_a_message_that_was_answered_meanwhile_is_before_its_reply(settings: Settings) -> None:
    admin.create(settings)
    school = School(settings)
    changes = {"gateway_jwt_key": SecretStr(KEY)}
    async with running(settings, make_headers(), **changes) as parts:
        # The first request: Kafka had the message, and the client no answer.
        first = identity(MESSAGES, school.key("ada"), "k-1")
        other = identity(MESSAGES, school.key("ada"), "k-2")
        school.write(RESPONSES, "ada", message_id=other, text="of another one")
        school.write(INTERVENTIONS, "ada", message_id=first, text="noticed", kind="recovery")
        school.write(RESPONSES, "ada", message_id=first, text="the reply")
        await until(lambda: len(parts.recent.after(school.key("ada"), RESPONSE, 0)) == 2)
        taken = await posted(parts, school, "k-1")
        assert taken["message_id"] == first

        texts: list[str] = []
        with parts.streams.opened(Principal(school.tenant, "learner", "ada"), "ada", None, taken["cursor"]) as opened:
            async with asyncio.timeout(SECONDS), aclosing(opened.batches) as batches:
                async for frames in batches:
                    texts += [frame["text"] for frame in frames if "text" in frame]
                    if len(texts) == 2:
                        break
        assert texts == ["the reply", "noticed"]
        assert (await posted(parts, school, "k-3"))["cursor"] == str(parts.streams.now(school.key("ada")))
