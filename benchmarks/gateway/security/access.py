"""Tokens that are none, and tokens of others, on every route and socket."""

import asyncio
import contextlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, TopicPartition
from starlette.routing import Route, WebSocketRoute
from websockets.exceptions import ConnectionClosed

from benchmarks.gateway.security.asking import Asker, Target, filled, guarded, sockets
from benchmarks.gateway.security.intruders import authorizations
from benchmarks.gateway.security.table import CLOSED, Table
from gateway.compose import POSTED
from schemas.codec import DecodeError, decode

BAD, FOREIGN = "Tokens that are none", "Another learner's and another tenant's"
VICTIM = "vera-2b61"
PATIENCE = 60.0
MOST_TOKEN_IN_HEAD = 5000
# What a learner may not ask for, not even of their own tenant.
STAFF_ONLY = frozenset({"/v1/metrics", "/v1/ahead"})


@dataclass
class Victim:
    """Somebody who is really there: what they sent and got, and the words by which it would be known again."""

    target: Target
    secrets: tuple[str, ...]
    sent: set[str]


async def settle(asker: Asker) -> Victim:
    """Make a learner with a conversation, an attempt and a profile, and wait until ClickHouse shows all of it."""
    headers, session = asker.bearer(VICTIM), str(uuid.uuid4())
    text = "Does the lighthouse of 1883 have 219 steps?"
    taken = await asker.post("messages", headers, {"text": text, "session_id": session})
    assert taken.status_code == 202, taken.text
    sent = {taken.json()["event_id"]}
    body = {"concept_id": "fractions", "item_id": "fr-1", "correct": True}
    sent.add((await asker.post("attempts", headers, body)).json()["event_id"])
    message = taken.json()["message_id"]
    async with asyncio.timeout(PATIENCE):
        for path in (f"/v1/responses/{message}/why", f"/v1/learners/{VICTIM}/profile"):
            while (await asker.http.get(path, headers=headers)).status_code != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.3)
    # The cursor stands before the reply: a stream behind it holds the conversation, for the victim alone.
    target = Target(VICTIM, message, after=taken.json()["cursor"], session=session)
    return Victim(target, ("lighthouse", message), sent)


async def bad_tokens(asker: Asker, table: Table) -> None:
    """None of them opens anything."""
    target = Target("ada", str(uuid.UUID(int=1)))
    for what, authorization in authorizations(asker.gateway).items():
        headers = {"Authorization": authorization} if authorization is not None else {}
        for route in guarded():
            status, _ = await asker.route(route, headers, target)
            table.refusal(BAD, what, named(route), status)
        for socket in sockets():
            status, _ = await asker.socket(socket.path, headers)
            table.refusal(BAD, what, named(socket), status)
            if authorization and authorization.startswith("Bearer ") and 7 < len(authorization) < MOST_TOKEN_IN_HEAD:
                offered = f"masterx.v1, bearer.{authorization.removeprefix('Bearer ')}"
                status, _ = await asker.socket(socket.path, {}, subprotocols=offered)
                table.refusal(BAD, f"{what}, as a subprotocol", named(socket), status)
    good = asker.gateway.token("ada")
    for route in guarded():
        path = f"{filled(route.path, target)}?token={good}&access_token={good}"
        method = "POST" if "POST" in (route.methods or ()) else "GET"
        answer = await asker.http.request(method, path, json={} if method == "POST" else None)
        table.refusal(BAD, "a good one, in the query", named(route), answer.status_code)
    for what, origin in (
        ("a good one, from another site's page", "https://evil.example"),
        ("the same, origin null", "null"),
    ):
        headers = {**asker.bearer("ada"), "Origin": origin}
        for route in guarded():
            status, _ = await asker.route(route, headers, target)
            table.refusal(BAD, what, named(route), status)
        for socket in sockets():
            status, _ = await asker.socket(socket.path, headers)
            table.refusal(BAD, what, named(socket), status)


def intruders(asker: Asker) -> Mapping[str, dict[str, str]]:
    """People whom the gateway knows, and who have no business with the victim."""
    return {
        "another learner of the tenant": asker.bearer("mallory"),
        "another tenant's learner": asker.bearer("mallory", tenant="other"),
        "another tenant's learner of the same name": asker.bearer(VICTIM, tenant="other"),
        "another tenant's staff": asker.bearer(None, tenant="other", role="staff"),
        "another tenant's admin": asker.bearer(None, tenant="other", role="admin"),
    }


async def foreign_ids(asker: Asker, victim: Victim, table: Table) -> None:
    """The victim's ids, asked for by everybody else, on every route and socket; and by those who may."""
    for who, headers in intruders(asker).items():
        for route in guarded():
            where = named(route)
            bodies: list[tuple[str, dict[str, Any]]] = [(who, {})]
            if "POST" in (route.methods or ()):
                bodies = [
                    (f"{who}, as the victim", {"learner_id": VICTIM}),
                    (f"{who}, as the victim in the victim's tenant", {"learner_id": VICTIM, "tenant_id": "school"}),
                ]
            for what, body in bodies:
                status, seen = await asker.route(route, headers, victim.target, **body)
                table.foreign(FOREIGN, what, where, status, seen, victim.secrets)
        for socket in sockets():
            status, seen = await asker.socket(socket.path, headers, victim.target)
            table.foreign(FOREIGN, who, named(socket), status, seen, victim.secrets)
            # Only the cursor and the sitting: what the server would not refuse by name.
            mine = Target("", "", after=victim.target.after, session=victim.target.session)
            status, seen = await asker.socket(f"{socket.path}?{_without_learner(mine)}", headers)
            what = f"{who}, the victim's cursor and sitting"
            table.foreign(FOREIGN, what, named(socket), status, seen, victim.secrets)
    await _controls(asker, victim, table)


async def _controls(asker: Asker, victim: Victim, table: Table) -> None:
    """The same requests by the victim and by the victim's teacher, who may."""
    who = {"the learner": asker.bearer(VICTIM), "the tenant's staff": asker.bearer(None, role="staff")}
    for what, headers in who.items():
        for route in guarded():
            body = {"learner_id": VICTIM} if "POST" in (route.methods or ()) else {}
            status, seen = await asker.route(route, headers, victim.target, **body)
            if status == 202:
                victim.sent.add(json.loads(seen)["event_id"])
            if route.path in STAFF_ONLY and what == "the learner":
                table.refusal(FOREIGN, "a learner, whose own tenant it is", named(route), status)
                continue
            table.control(FOREIGN, what, named(route), status, status in (200, 202))
        for socket in sockets():
            status, _ = await asker.socket(socket.path, headers, victim.target)
            if socket.path in STAFF_ONLY and what == "the learner":
                table.refusal(FOREIGN, "a learner, whose own tenant it is", named(socket), status)
            else:
                table.control(FOREIGN, what, named(socket), status, status == 101)


async def foreign_streams(asker: Asker, victim: Victim, table: Table) -> None:
    """Streams of all intruders stay open while the victim is answered: nothing of it may come on them."""
    seen: dict[tuple[str, str], bytearray] = {}

    async def listen(who: str, path: str, headers: Mapping[str, str], ready: asyncio.Event) -> None:
        found = seen[who, path] = bytearray()
        try:
            async with asker.opened(path, headers, None) as stream:
                ready.set()
                async for text in stream:
                    found += text.encode() if isinstance(text, str) else text
        except ConnectionClosed:
            return
        except Exception as error:
            seen[who, path] = bytearray(f"refused: {type(error).__name__}".encode())
        finally:
            ready.set()

    places = [socket.path for socket in sockets()]
    openings: list[tuple[asyncio.Task[None], asyncio.Event]] = []
    for who, headers in intruders(asker).items():
        for path in places:
            ready = asyncio.Event()
            openings.append((asyncio.create_task(listen(who, path, headers, ready)), ready))
    for _, ready in openings:
        await ready.wait()
    async with asyncio.timeout(PATIENCE), asker.opened("/v1/stream", asker.bearer(VICTIM), None) as own:
        taken = (await asker.post("messages", asker.bearer(VICTIM), {"text": "How high is the lighthouse?"})).json()
        victim.sent.add(taken["event_id"])
        while True:
            frame = json.loads(await own.recv())
            if frame["type"] == "response" and frame["message_id"] == taken["message_id"]:
                break
    table.control(FOREIGN, "the learner, while others listen", "WebSocket /v1/stream", "answered", True)
    await asyncio.sleep(1.5)
    for task, _ in openings:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    secrets = (*victim.secrets, taken["message_id"])
    for (who, path), found in seen.items():
        status: int | str = 403 if found.startswith(b"refused") else 101
        table.foreign(FOREIGN, f"{who}, listening meanwhile", f"WebSocket {path}", status, bytes(found), secrets)


def in_their_name(bootstrap: str, victim: Victim, table: Table) -> None:
    """What the topics hold under the victim's key is what the victim and the victim's teacher sent, and no more."""
    for topic in POSTED.values():
        found = set()
        consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "security", "enable.partition.eof": True})
        numbers = consumer.list_topics(topic.name, timeout=10).topics[topic.name].partitions
        consumer.assign([TopicPartition(topic.name, number, 0) for number in numbers])
        ended: set[int] = set()
        while len(ended) < len(numbers):
            record = consumer.poll(10)
            if record is None:
                raise RuntimeError(f"{topic.name} can't be read")
            if record.error() is not None:
                ended.add(record.partition())
                continue
            try:
                event = decode(topic.event, record.value())
            except DecodeError:
                table.control(FOREIGN, "what the topic holds can be read", topic.name, "unreadable", False)
                continue
            if (event["tenant_id"], event["learner_id"]) == ("school", VICTIM):
                found.add(event["event_id"])
            elif record.key() == f"school/{VICTIM}".encode():
                table.foreign(FOREIGN, "another's event under the victim's key", topic.name, 202, b"leak", ("leak",))
        consumer.close()
        more = found - victim.sent
        what, outcome = "all together, under the victim's key", f"{len(more)} more than the victim sent"
        table.refusal(FOREIGN, what, topic.name, outcome if more else f"{CLOSED}: none but the victim's own")


def named(route: Route | WebSocketRoute) -> str:
    """A route as the table calls it."""
    if isinstance(route, WebSocketRoute):
        return f"WebSocket {route.path}"
    return f"{'POST' if 'POST' in (route.methods or ()) else 'GET'} {route.path}"


def _without_learner(target: Target) -> str:
    return f"after={target.after}&session={target.session}"
