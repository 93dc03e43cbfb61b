"""`/metrics` where others than this machine can ask, and `/livez`: the app itself, without its parts behind it."""

import httpx
import pytest
from pydantic import SecretStr

from config.settings import Settings
from gateway.app import create
from gateway.auth import sign
from gateway.parts import Parts

KEY = "k" * 32


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("learner", 403), ("staff", 403), ("admin", 200)])
async def test_beyond_loopback_the_counters_of_all_tenants_are_for_admins(role: str | None, status: int) -> None:
    parts = Parts(Settings(gateway_jwt_key=SecretStr(KEY)), lambda *_: None, lambda *_: [])
    app = create(parts, loopback=False)
    headers = {}
    if role is not None:
        learner = "ada" if role == "learner" else None
        headers["Authorization"] = f"Bearer {sign(KEY, tenant='s', role=role, learner=learner, seconds=60)}"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://gateway") as http:
        assert (await http.get("/metrics", headers=headers)).status_code == status
        assert (await http.get("/livez")).status_code == 200
    await parts.limits.stop()


async def test_who_has_to_be_started_again_says_so() -> None:
    parts = Parts(Settings(), lambda *_: None, lambda *_: [])
    transport = httpx.ASGITransport(app=create(parts, loopback=True))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        assert (await http.get("/livez")).status_code == 200
        parts.feed.ended = True
        assert (await http.get("/livez")).status_code == 503
    await parts.limits.stop()
