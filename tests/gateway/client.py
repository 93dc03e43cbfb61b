"""An app that talks to the gateway as any other would."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

import httpx
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.gateway.process import GatewayProcess

Frame = dict[str, Any]
PATIENCE = 40.0


class Client:
    """Requests of different people to one gateway."""

    def __init__(self, gateway: GatewayProcess) -> None:
        self.gateway = gateway
        self.http = httpx.Client(base_url=f"http://{gateway.address}", timeout=PATIENCE, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def headers(self, learner: str | None, **who: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.gateway.token(learner, **who)}"}

    def post(self, learner: str, path: str, body: Any, key: str | None = None) -> httpx.Response:
        extra = {"Idempotency-Key": key} if key is not None else {}
        return self.http.post(path, json=body, headers={**self.headers(learner), **extra})

    def say(self, learner: str, text: str, key: str | None = None) -> Frame:
        """Send a message; the answer to the request."""
        answer = self.post(learner, "/v1/messages", {"text": text}, key)
        assert answer.status_code == 202, answer.text
        taken: Frame = answer.json()
        return taken

    @asynccontextmanager
    async def stream(self, learner: str, after: str | None = None, **query: str) -> AsyncIterator[ClientConnection]:
        asked = {**query, **({"after": after} if after else {})}
        address = httpx.URL(f"ws://{self.gateway.address}/v1/stream", params=asked)
        async with connect(str(address), additional_headers=self.headers(learner), proxy=None) as socket:
            yield socket


async def frames_until(socket: ClientConnection, done: Callable[[Frame], bool]) -> list[Frame]:
    """Frames up to and with the first that is `done`."""
    found: list[Frame] = []
    while not found or not done(found[-1]):
        found.append(json.loads(await socket.recv()))
    return found


def answers(message_id: str) -> Callable[[Frame], bool]:
    """Whether a frame is the final response to this message."""
    return lambda frame: frame["type"] == "response" and frame["message_id"] == message_id


def server_sent(lines: list[str]) -> Frame:
    """The data of one server-sent event, with its id under `id`."""
    fields = dict(line.split(": ", 1) for line in lines if ": " in line and not line.startswith(":"))
    return {**json.loads(fields["data"]), "id": fields.get("id")}
