"""What must not get in, tried on every route and socket of a running gateway; and what floods and slow readers do."""

import asyncio
import json
import os
import signal
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis
from starlette.routing import Route, WebSocketRoute
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from benchmarks.gateway.process import GatewayProcess
from benchmarks.gateway.security.fuzz import Fuzz
from benchmarks.gateway.security.table import Table
from gateway.app import routes
from gateway.auth import sign
from local.stack import Stack
from schemas.token_frames import TokenFrame, channel, dumps
from tests.gateway.client import PATIENCE, Client, answers, frames_until

pytestmark = [pytest.mark.kafka, pytest.mark.stack, pytest.mark.timeout(300)]

OPEN = {"/livez", "/readyz", "/metrics", "/openapi.json", "/", "/{name}"}
GUARDED = [route for route in routes() if isinstance(route, Route) and route.path not in OPEN]
SOCKETS = [route.path for route in routes() if isinstance(route, WebSocketRoute)]
IDENTITY = str(uuid.UUID(int=1))


def request(client: Client, route: Route, headers: dict[str, str], learner: str = "ada") -> httpx.Response:
    path = route.path.replace("{learner}", learner).replace("{id}", IDENTITY)
    if "POST" in (route.methods or ()):
        body = {"text": "x", "learner_id": learner} if path.endswith("messages") else {"learner_id": learner}
        return client.http.post(path, json=body, headers=headers)
    with client.http.stream("GET", path, params={"learner": learner}, headers=headers) as answer:
        if answer.status_code != 200:
            answer.read()
        return answer


async def handshake(client: Client, path: str, headers: dict[str, str]) -> int:
    """The status that a WebSocket handshake is answered with."""
    try:
        async with connect(f"ws://{client.gateway.address}{path}", additional_headers=headers, proxy=None):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


def bad_tokens(gateway: GatewayProcess) -> dict[str, str]:
    forged = sign("f" * 64, tenant="school", role="admin", learner=None, seconds=60)
    good = gateway.token("ada")
    head, _, signature = good.split(".")
    other = gateway.token("ada", tenant="other", role="admin").split(".")[1]
    return {
        "expired": gateway.token("ada", seconds=-60),
        "forged": forged,
        "payload of another": f"{head}.{other}.{signature}",
        "unsigned": f"eyJhbGciOiJub25lIn0.{good.split('.')[1]}.",
        "unknown API key": "secret",
        "garbage": "a.b.c",
        "long": "x" * 10_000,
    }


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.path)
def test_no_route_takes_a_bad_token(client: Client, route: Route) -> None:
    assert request(client, route, {}).status_code == 401
    for name, token in bad_tokens(client.gateway).items():
        answer = request(client, route, {"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401, name
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert token not in answer.text


@pytest.mark.parametrize("path", SOCKETS)
async def test_no_socket_takes_a_bad_token(client: Client, path: str) -> None:
    assert await handshake(client, path, {}) == 401
    for name, token in bad_tokens(client.gateway).items():
        if len(token) < 5000:
            assert await handshake(client, path, {"Authorization": f"Bearer {token}"}) == 401, name
            assert await handshake(client, path, {"Sec-WebSocket-Protocol": f"masterx.v1, bearer.{token}"}) == 401, name


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.path)
def test_no_route_gives_a_learner_another_ones(client: Client, route: Route) -> None:
    answer = request(client, route, client.headers("ben"), learner="ada")
    # What is asked for by an id that is not theirs is not there.
    assert answer.status_code == (404 if "{id}" in route.path else 403)


@pytest.mark.parametrize(
    "route", [r for r in GUARDED if "/v1/learners" in r.path or "{id}" in r.path], ids=lambda r: r.path
)
def test_staff_of_another_tenant_find_nothing(client: Client, route: Route) -> None:
    headers = client.headers(None, role="admin", tenant="other")
    assert request(client, route, headers, learner="ada").status_code == 404


async def test_no_socket_gives_a_learner_another_ones(client: Client) -> None:
    assert await handshake(client, "/v1/stream?learner=ada", client.headers("ben")) == 403
    assert await handshake(client, "/v1/metrics", client.headers("ben")) == 403
    assert await handshake(client, "/v1/stream?after=x", client.headers("ben")) == 400
    assert await handshake(client, "/v1/stream?session=x", client.headers("ben")) == 400
    assert await handshake(client, "/v1/metrics?sections=x", client.headers(None, role="staff")) == 400


async def test_a_tenants_stream_and_figures_hold_nothing_of_another(client: Client) -> None:
    async with asyncio.timeout(PATIENCE):
        async with (
            client.stream("ida") as own,
            connect(
                f"ws://{client.gateway.address}/v1/stream",
                additional_headers=client.headers("ida", tenant="other"),
                proxy=None,
            ) as foreign,
            connect(
                f"ws://{client.gateway.address}/v1/metrics",
                additional_headers=client.headers(None, role="admin", tenant="elsewhere"),
                proxy=None,
            ) as figures,
        ):
            taken = await asyncio.to_thread(client.say, "ida", "Whose is this?")
            await frames_until(own, answers(taken["message_id"]))
            assert json.loads(await foreign.recv())["type"] == "hello"
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(foreign.recv(), 1)
            shown = json.loads(await figures.recv())
            assert (shown["flow"]["replies"], shown["providers"], shown["interventions"]) == (0, [], [])


async def test_figures_reach_those_who_watch(client: Client) -> None:
    await asyncio.to_thread(client.say, "joe", "Count me")
    async with asyncio.timeout(PATIENCE):
        async with connect(
            f"ws://{client.gateway.address}/v1/metrics?sections=flow,providers",
            additional_headers=client.headers(None, role="staff"),
            proxy=None,
        ) as figures:
            while True:
                shown = json.loads(await figures.recv())
                assert set(shown) <= {"type", "at", "flow", "providers"}
                if shown["flow"]["replies"]:
                    return


@pytest.mark.parametrize("query", ["kinds=", "scopes=,", "kinds=" + ",".join(map(str, range(101)))])
async def test_a_watcher_names_some_kinds_and_not_too_many(client: Client, query: str) -> None:
    assert await handshake(client, f"/v1/metrics?{query}", client.headers(None, role="staff")) == 400


def test_pages_of_other_origins_are_refused(client: Client) -> None:
    evil = {**client.headers("ada"), "Origin": "https://evil.example"}
    assert client.http.post("/v1/messages", json={"text": "x"}, headers=evil).status_code == 403
    assert "access-control-allow-origin" not in client.http.options("/v1/messages", headers=evil).headers
    assert asyncio.run(handshake(client, "/v1/stream", evil)) == 403


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b"[1]", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"text": "x"}', "text/plain", 415),
        (b'{"text": "x"}', "application/x-www-form-urlencoded", 415),
        (b'{"text": ""}', "application/json", 422),
        (b'{"text": "x", "learner_id": "../ada"}', "application/json", 403),
        (b'{"text": "' + b"x" * 9000 + b'"}', "application/json", 422),
        (b'{"text": "' + b"x" * 70_000 + b'"}', "application/json", 413),
        (b"[" * 60_000, "application/json", 400),
        (b'{"text": "x", "sent_at": "2999-01-01T00:00:00Z"}', "application/json", 422),
    ],
)
def test_bodies_that_are_none(client: Client, content: bytes, kind: str, status: int) -> None:
    headers = {**client.headers("ada"), "Content-Type": kind}
    answer = client.http.post("/v1/messages", content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"error", "message"}
    assert "\n" not in answer.json()["message"]


def test_a_body_without_a_length_is_cut_off_at_the_limit(client: Client) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 10_000

    headers = {**client.headers("ada"), "Content-Type": "application/json"}
    assert client.http.post("/v1/messages", content=endless(), headers=headers).status_code == 413


@pytest.mark.parametrize(("sent", "code"), [("{}", 1003), ("x" * 100_000, 1009), (b"\x00", 1003)])
async def test_frames_from_a_client_end_its_stream(client: Client, sent: str | bytes, code: int) -> None:
    async with asyncio.timeout(PATIENCE), client.stream("kim") as stream:
        await stream.recv()
        await stream.send(sent)
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                await stream.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code


async def test_a_socket_ends_with_its_token(client: Client) -> None:
    headers = {"Authorization": f"Bearer {client.gateway.token('lea', seconds=-2)}"}
    async with asyncio.timeout(PATIENCE):
        # Within the leeway that is given to clocks, and then no longer.
        async with connect(
            f"ws://{client.gateway.address}/v1/stream", additional_headers=headers, proxy=None
        ) as stream:
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    await stream.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


async def test_a_learner_opens_no_more_than_a_few_streams(client: Client) -> None:
    async with asyncio.timeout(PATIENCE):
        streams = [client.stream("max") for _ in range(8)]
        for stream in streams:
            await stream.__aenter__()
        assert await handshake(client, "/v1/stream", client.headers("max")) == 429
        assert await handshake(client, "/v1/stream", client.headers("mia")) == 101
        for stream in streams:
            await stream.__aexit__(None, None, None)
        while await handshake(client, "/v1/stream", client.headers("max")) != 101:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a_slow_reader_is_dropped_and_nobody_else_waits(client: Client, own_stack: Stack) -> None:
    slow = socket.create_connection(("127.0.0.1", client.gateway.port), timeout=PATIENCE)
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    lines = [
        "GET /v1/stream HTTP/1.1",
        f"Host: {client.gateway.address}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        f"Authorization: {client.headers('ned')['Authorization']}",
    ]
    slow.sendall("\r\n".join([*lines, "", ""]).encode())
    assert b"101" in slow.recv(64)
    redis = Redis.from_url(own_stack.valkey.url)
    async with asyncio.timeout(PATIENCE), client.stream("ned") as quick:
        await quick.recv()
        read = asyncio.create_task(_drain(quick))
        while _dropped(client) == 0:
            for _ in range(100):
                frame = TokenFrame("m", str(uuid.uuid4()), None, 1, 0, 1, "x" * 8000)
                redis.publish(channel(b"school/ned"), dumps(frame))
            await asyncio.sleep(0.2)
        taken = await asyncio.to_thread(client.say, "ned", "Still here?")
        while taken["message_id"] not in read_ids:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        read.cancel()
        await asyncio.gather(read, return_exceptions=True)
    redis.close()
    slow.close()


read_ids: set[str] = set()


async def _drain(stream: Any) -> None:
    async for text in stream:
        frame = json.loads(text)
        if frame["type"] == "response":
            read_ids.add(frame["message_id"])


def _dropped(client: Client) -> float:
    lines = client.http.get("/metrics").text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if 'frames_total{what="too_slow"}' in line)


@contextmanager
def hanging(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_broker_that_hangs_is_answered_for_and_forgotten(
    workers: Any, variables: dict[str, str], own_stack: Stack, tmp_path: Path
) -> None:
    settings = {**variables, "MASTERX_GATEWAY_PRODUCE_SECONDS": "1", "MASTERX_GATEWAY_IN_FLIGHT": "40"}
    process = GatewayProcess(tmp_path, settings, name="patient")
    process.start()
    with Client(process) as client:

        async def flood() -> list[httpx.Response]:
            limits = httpx.Limits(max_connections=100)
            async with httpx.AsyncClient(base_url=f"http://{process.address}", limits=limits, timeout=20) as http:

                async def one(number: int) -> httpx.Response:
                    headers = client.headers("one" if number % 2 else f"learner-{number}")
                    return await http.post("/v1/messages", json={"text": "x"}, headers=headers)

                return list(await asyncio.gather(*(one(number) for number in range(100))))

        with hanging(own_stack.kafka.pid):
            answered = asyncio.run(flood())
            ready = client.http.get("/livez")
            end = time.monotonic() + PATIENCE
            while (report := client.http.get("/readyz")).status_code == 200 and time.monotonic() < end:
                time.sleep(0.2)
        assert {answer.status_code for answer in answered} == {429, 503}
        assert {answer.json()["error"] for answer in answered} == {"kafka_slow", "busy", "too_many_requests"}
        assert all(int(answer.headers["retry-after"]) >= 1 for answer in answered)
        assert ready.status_code == 200
        assert report.status_code == 503
        assert report.json()["parts"]["kafka"]["ok"] is False
        end = time.monotonic() + PATIENCE
        while (answer := client.post("pia", "/v1/messages", {"text": "Again"}, "k")).status_code != 202:
            assert time.monotonic() < end, answer.text
            time.sleep(0.3)
        while client.http.get("/readyz").status_code != 200:
            assert time.monotonic() < end
            time.sleep(0.3)
    process.stop()


def test_every_answer_carries_the_security_headers_and_pages_load_nothing_from_elsewhere(client: Client) -> None:
    for path in (
        "/chat",
        "/dashboard",
        "/ahead",
        "/learner",
        "/why",
        "/chat.js",
        "/livez",
        "/nothing",
        "/v1/learners/a/profile",
    ):
        answer = client.http.get(path)
        assert "default-src 'none'" in answer.headers["content-security-policy"], path
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "server" not in answer.headers
    for name in ("chat", "dashboard", "ahead", "learner", "why"):
        page = client.http.get(f"/{name}").text
        assert "http:" not in page.replace("http://www.w3.org/2000/svg", "")
        assert "https:" not in page
        assert "<script>" not in page
        assert " style=" not in page
    assert client.http.get("/..%2f..%2fetc%2fpasswd").status_code == 404
    assert client.http.get("/chat", params={"x": "y"}).status_code == 200
    assert client.http.delete("/v1/messages").status_code == 405


def test_no_log_holds_a_token_or_a_text(client: Client) -> None:
    client.say("ola", "a text that no log may hold")
    client.http.get("/v1/learners/ola/profile", headers={"Authorization": "Bearer not-a-token-at-all"})
    log = client.gateway.log_path.read_text(errors="replace")
    for secret in ("eyJ", "not-a-token-at-all", "a text that no log may hold", client.gateway.key):
        assert secret not in log


def test_prometheus_gets_its_counters(client: Client) -> None:
    text = client.http.get("/metrics").text
    for name in ("masterx_gateway_streams", "masterx_gateway_events_total", "masterx_gateway_part_up"):
        assert name in text


def test_made_up_requests_break_nothing(client: Client) -> None:
    table = Table()
    fuzz = Fuzz(f"http://{client.gateway.address}", table)
    fuzz.run({"staff": client.headers(None, role="staff")["Authorization"]}, examples=2)
    assert fuzz.failures == []
    assert table.failed == []
    assert fuzz.requests >= 30
