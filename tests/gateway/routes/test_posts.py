"""What is posted and can't be taken: the app itself, with the checks and headers that the command gives it."""

import httpx
import pytest
from pydantic import SecretStr

from cli.gateway import check, make_headers
from config.settings import Settings
from gateway.app import create
from gateway.auth import sign
from gateway.parts import Parts

KEY = "k" * 32


@pytest.mark.parametrize("sent_at", [-(2**62), 2**62, -1, "0001-01-01T00:00:00+14:00"])
async def test_a_time_that_no_clock_shows_is_the_client_s_error(sent_at: int | str) -> None:
    settings = Settings(gateway_jwt_key=SecretStr(KEY))
    parts = Parts(settings, check(settings), make_headers())
    token = sign(KEY, tenant="s", role="learner", learner="ada", seconds=60)
    transport = httpx.ASGITransport(app=create(parts, loopback=True))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        answer = await http.post(
            "/v1/messages",
            json={"text": "What is a half?", "sent_at": sent_at},
            headers={"Authorization": f"Bearer {token}"},
        )
    assert (answer.status_code, answer.json()["error"]) == (422, "sent_at")
    await parts.limits.stop()
