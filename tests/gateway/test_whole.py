"""A message in over HTTP; tokens and the final response out, over WebSocket and SSE, whatever is cut off meanwhile."""

import asyncio
import json
import time
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition
from websockets.asyncio.client import connect

from benchmarks.gateway.process import GatewayProcess
from config.settings import Settings
from local.stack import Stack
from schemas.codec import decode
from schemas.topics import MESSAGES
from tests.gateway.client import PATIENCE, Client, answers, frames_until, server_sent

pytestmark = [pytest.mark.kafka, pytest.mark.stack, pytest.mark.timeout(300)]


async def asked(client: Client, learner: str, text: str, key: str | None = None) -> dict[str, Any]:
    return await asyncio.to_thread(client.say, learner, text, key)


async def test_tokens_come_as_they_are_made_and_make_up_the_response(client: Client) -> None:
    async with asyncio.timeout(PATIENCE), client.stream("ada") as socket:
        hello = json.loads(await socket.recv())
        taken = await asked(client, "ada", "Why does 3/9 come to 1/3?")
        frames = await frames_until(socket, answers(taken["message_id"]))
    assert hello["type"] == "hello"
    assert [frame["seq"] for frame in frames] == list(range(2, len(frames) + 2))
    *tokens, response = [frame for frame in frames if frame["type"] in ("token", "response")]
    assert tokens, "no tokens came ahead"
    assert all(frame["message_id"] == taken["message_id"] for frame in tokens)
    assert "".join(frame["text"] for frame in tokens).strip() == response["text"]
    assert response["source"] == "PROVIDER"


async def test_a_stream_that_was_cut_goes_on_where_it_was(client: Client) -> None:
    async with asyncio.timeout(PATIENCE):
        first = await asked(client, "ben", "What is a prime?")
        async with client.stream("ben", after=first["cursor"]) as socket:
            seen = await frames_until(socket, answers(first["message_id"]))
        second = await asked(client, "ben", "And why is 1 none?")
        third = await asked(client, "ben", "Is 91 one?")
        await asyncio.sleep(1)
        async with client.stream("ben", after=seen[-1]["cursor"]) as socket:
            missed = await frames_until(socket, answers(third["message_id"]))
    responses = [frame["message_id"] for frame in missed if frame["type"] == "response"]
    assert responses == [second["message_id"], third["message_id"]]


async def test_the_same_over_server_sent_events(client: Client) -> None:
    taken = client.say("cleo", "What is a half of a half?")
    later = client.say("cleo", "And a half of that?")

    def read(headers: dict[str, str], until: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        with client.http.stream("GET", "/v1/events", headers={**client.headers("cleo"), **headers}) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines: list[str] = []
            for line in answer.iter_lines():
                lines.append(line)
                if line:
                    continue
                if any(part.startswith("data: ") for part in lines):
                    found.append(server_sent(lines))
                    if answers(until)(found[-1]):
                        return found
                lines = []
        return found

    async with asyncio.timeout(PATIENCE):
        frames = await asyncio.to_thread(read, {"Last-Event-ID": taken["cursor"]}, taken["message_id"])
        resumed = await asyncio.to_thread(read, {"Last-Event-ID": frames[-1]["id"]}, later["message_id"])
    assert all((frame["id"] is None) == (frame["type"] == "token") for frame in frames)
    responses = [frame["message_id"] for frame in resumed if frame["type"] == "response"]
    assert responses == [later["message_id"]]


async def test_a_gateway_that_was_killed_is_resumed_from_kafka(
    client: Client, workers: Any, variables: dict[str, str], tmp_path: Any
) -> None:
    # Nothing is held in memory by the second process: it reads no further back than its start.
    settings = {**variables, "MASTERX_GATEWAY_REPLAY_SECONDS": "0"}
    one = GatewayProcess(tmp_path, settings, key=client.gateway.key, name="killed")
    one.start()
    with Client(one) as app:
        first = await asked(app, "dev", "What is a square?")
        second = await asked(app, "dev", "And a cube?")
        one.kill()
        # By now both are answered: the other gateway saw it.
        async with asyncio.timeout(PATIENCE), client.stream("dev", after=first["cursor"]) as socket:
            await frames_until(socket, answers(second["message_id"]))
        one.start()
        async with asyncio.timeout(PATIENCE), app.stream("dev", after=first["cursor"]) as socket:
            frames = await frames_until(socket, answers(second["message_id"]))
    one.stop()
    responses = [frame["message_id"] for frame in frames if frame["type"] == "response"]
    assert responses == [first["message_id"], second["message_id"]]
    assert not [frame for frame in frames if frame["type"] == "gap"]


async def test_without_redis_the_response_still_comes(client: Client, own_stack: Stack) -> None:
    own_stack.valkey.stop()
    try:
        async with asyncio.timeout(PATIENCE), client.stream("eve") as socket:
            taken = await asked(client, "eve", "What is zero?")
            frames = await frames_until(socket, answers(taken["message_id"]))
        assert [frame["type"] for frame in frames if frame["type"] != "intervention"] == ["hello", "response"]
    finally:
        own_stack.valkey.start()
    async with asyncio.timeout(PATIENCE), client.stream("eve") as socket:
        # Both sides find Redis again after a pause of their own; until then replies come without tokens.
        while not any(frame["type"] == "token" for frame in frames):
            taken = await asked(client, "eve", "And now?")
            frames = await frames_until(socket, answers(taken["message_id"]))
            await asyncio.sleep(0.2)


def test_the_same_idempotency_key_is_one_message(client: Client, settings: Settings) -> None:
    first, second = (client.say("fay", "Once, please", key="k-1") for _ in range(2))
    other = client.say("gus", "Once, please", key="k-1")
    assert first == second
    assert other["message_id"] != first["message_id"]
    assert client.post("fay", "/v1/messages", {"text": "Something else"}, "k-1").status_code == 422
    with Client(client.gateway) as again:
        assert again.say("fay", "Once, please", key="k-1")["message_id"] == first["message_id"]
    found = [event for event in every_message(settings) if event["message_id"] == first["message_id"]]
    assert len(found) == 1
    assert (found[0]["tenant_id"], found[0]["learner_id"]) == ("school", "fay")


def test_why_profile_reviews_and_predictions(client: Client) -> None:
    taken = client.say("hal", "I do not understand fractions at all")
    for correct in (True, False):
        body = {"concept_id": "fractions", "item_id": "fr-1", "correct": correct}
        assert client.post("hal", "/v1/attempts", body).status_code == 202
    assert client.post("hal", "/v1/signals", {"kind": "TYPING"}).status_code == 202
    feedback = {"message_id": taken["message_id"], "kind": "HELPFUL", "rating": 5}
    assert client.post("hal", "/v1/feedback", feedback).status_code == 202
    why = eventually(client, "hal", f"/v1/responses/{taken['message_id']}/why", lambda _: True)
    assert why["message_text"] == "I do not understand fractions at all"
    assert why["decision_candidates"]
    assert why["emotion"]["states"]
    profile = eventually(client, "hal", "/v1/learners/hal/profile", lambda body: body["attempts"] == 2)
    assert [concept["concept_id"] for concept in profile["concepts"]] == ["fractions"]
    predictions = eventually(client, "hal", "/v1/learners/hal/predictions", lambda _: True)
    assert predictions["learner_id"] == "hal"
    reviews = eventually(client, "hal", "/v1/learners/hal/reviews", lambda _: True)
    assert all(set(entry) >= {"concept_id", "due_at", "due"} for entry in reviews["reviews"])
    # Others may not: a learner of the same name elsewhere, another learner, nobody.
    path = f"/v1/responses/{taken['message_id']}/why"
    assert client.http.get(path, headers=client.headers("hal", tenant="other")).status_code == 404
    assert client.http.get(path, headers=client.headers("ada")).status_code == 404
    assert client.http.get(path, headers=client.headers(None, role="staff", tenant="other")).status_code == 404
    assert client.http.get(path, headers=client.headers(None, role="staff")).status_code == 200


def test_what_only_staff_are_told_is_in_no_learners_why(client: Client) -> None:
    path = f"/v1/responses/{client.say('ida', 'I want to kill myself')['message_id']}/why"

    def noticed(body: dict[str, Any]) -> bool:
        return "crisis" in {each["kind"] for each in body["interventions"]}

    found = eventually(client, "ida", path, noticed, role="staff")
    shown = client.http.get(path, headers=client.headers("ida")).json()
    assert shown["interventions"] == [each for each in found["interventions"] if each["kind"] != "crisis"]


async def test_attempts_of_all_partitions_are_in_the_aggregates_that_were_asked_for(client: Client) -> None:
    learners, now = [f"ivy-{number}" for number in range(12)], int(time.time() * 1_000_000)
    for learner in learners:
        for concept in ("angles", "circles"):
            body = {"concept_id": concept, "item_id": "i-1", "correct": True, "sent_at": now}
            answer = await asyncio.to_thread(client.post, learner, "/v1/attempts", body)
            assert answer.status_code == 202
    address = f"ws://{client.gateway.address}/v1/metrics?sections=aggregates&kinds=concept&scopes=angles"
    headers = client.headers(None, role="staff")
    async with asyncio.timeout(PATIENCE), connect(address, additional_headers=headers, proxy=None) as figures:
        found: list[dict[str, Any]] = []
        while not found or found[0]["counts"]["attempts"] < len(learners):
            found = json.loads(await figures.recv())["aggregates"]
            assert {(window["kind"], window["dimension"]) for window in found} <= {("concept", "angles")}
    assert [window["counts"]["correct"] for window in found] == [len(learners)]
    assert found[0]["partials"] > 1


def eventually(client: Client, learner: str, path: str, done: Any, **who: Any) -> dict[str, Any]:
    """What `path` gives once it is there and `done`: rows are visible a second or two behind their events."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        answer = client.http.get(path, headers=client.headers(learner, **who))
        if answer.status_code == 200 and done(answer.json()):
            body: dict[str, Any] = answer.json()
            return body
        assert answer.status_code in (200, 404), answer.text
        time.sleep(0.3)
    raise AssertionError(f"{path}: {answer.status_code} {answer.text}")


def every_message(settings: Settings) -> list[dict[str, Any]]:
    """All events in the messages' topic."""
    options = {"bootstrap.servers": settings.kafka_bootstrap, "group.id": "test", "enable.partition.eof": True}
    consumer = Consumer(options)
    numbers = consumer.list_topics(MESSAGES.name, timeout=10).topics[MESSAGES.name].partitions
    consumer.assign([TopicPartition(MESSAGES.name, number, 0) for number in numbers])
    found, ended = [], 0
    while ended < len(numbers):
        record = consumer.poll(10)
        assert record is not None
        if record.error() is not None:
            ended += 1
        else:
            found.append(decode(MESSAGES.event, record.value()))
    consumer.close()
    return found
