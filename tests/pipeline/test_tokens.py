"""Token frames from publisher to subscriber on a real Valkey; and what happens while there is none."""

import asyncio
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from local.ports import free_port
from local.valkey import Valkey
from pipeline import tokens
from pipeline.tokens import TokenPublisher, merged
from schemas.token_frames import FrameError, TokenFrame, channel, dumps, key_of, loads

SCORED = {
    "tenant_id": "school",
    "learner_id": "ada",
    "message_id": str(uuid.UUID(int=1)),
    "session_id": str(uuid.UUID(int=2)),
}
PLACE = channel(b"school/ada")


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    service = Valkey(tmp_path_factory.mktemp("valkey"))
    service.start()
    yield service
    service.stop()


def frame(seq: int, text: str, attempt: int = 1, response: str = "r") -> TokenFrame:
    return TokenFrame("m", response, None, attempt, seq, 1, text)


async def received(redis: Redis, count: int) -> list[TokenFrame]:
    found: list[TokenFrame] = []
    async with redis.pubsub(ignore_subscribe_messages=True) as subscriber:
        await subscriber.subscribe(PLACE)
        await subscriber.get_message(timeout=10)  # what Valkey says to the subscription
        ready.set()
        async for message in subscriber.listen():
            found.append(loads(message["data"]))
            if sum(part.pieces for part in found) >= count:
                return found
    raise AssertionError("the subscription ended")


async def counted(publisher: TokenPublisher, name: str, count: int) -> None:
    for _ in range(1000):
        if publisher.counts[name] >= count:
            return
        await asyncio.sleep(0.01)


ready = asyncio.Event()


async def test_pieces_arrive_in_order_under_their_learners_channel(valkey: Valkey) -> None:
    redis, publisher = Redis.from_url(valkey.url), TokenPublisher(valkey.url)
    ready.clear()
    reading = asyncio.create_task(received(redis, 5))
    async with asyncio.timeout(20):
        await ready.wait()
        tell = publisher.teller(SCORED)
        for seq, text in enumerate("abc"):
            tell("r", 1, seq, text)
            await asyncio.sleep(0)
        tell("r", 2, 0, "")
        tell("r", 2, 1, "d")
        frames = await reading
        await counted(publisher, "published", 5)
    assert {(f.message_id, f.session_id) for f in frames} == {(SCORED["message_id"], SCORED["session_id"])}
    assert "".join(f.text for f in frames if f.attempt == 1) == "abc"
    assert [(f.attempt, f.seq) for f in frames] == sorted((f.attempt, f.seq) for f in frames)
    assert publisher.counts == {"published": 5}
    await publisher.close()
    await redis.aclose()


async def test_without_redis_pieces_are_thrown_away_and_nobody_waits() -> None:
    publisher = TokenPublisher(f"redis://127.0.0.1:{free_port()}/0")
    tell = publisher.teller(SCORED)
    tell("r", 1, 0, "a")
    async with asyncio.timeout(20):
        await counted(publisher, "dropped_away", 1)
    tell("r", 1, 1, "b")
    assert publisher.counts == {"dropped_away": 2}
    await publisher.close()


async def test_what_redis_took_away_it_gives_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "AWAY_SECONDS", 0.01)
    service = Valkey(tmp_path)
    service.start()
    publisher = TokenPublisher(service.url)
    tell = publisher.teller(SCORED)

    async def until(count: str) -> None:
        before = publisher.counts[count]
        while publisher.counts[count] == before:
            tell("r", 1, 0, "a")
            await asyncio.sleep(0.02)

    async with asyncio.timeout(60):
        await until("published")
        service.kill()
        await until("dropped_away")
        service.start()
        await until("published")
    await publisher.close()
    service.stop()


async def test_the_queue_is_bounded(valkey: Valkey) -> None:
    publisher = TokenPublisher(valkey.url, most=3)
    tell = publisher.teller(SCORED)
    for seq in range(10):
        tell("r", 1, seq, "x")
    assert publisher.counts == {"dropped_full": 7}
    await publisher.close()


def test_pieces_that_follow_each_other_are_one_frame_and_others_are_not() -> None:
    frames = [
        frame(0, "a"),
        frame(0, "z", response="s"),
        frame(1, "b"),
        frame(3, "d"),
        frame(0, "", 2),
        frame(1, "n", 2),
    ]
    assert [(f.response_id, f.attempt, f.seq, f.pieces, f.text) for _, f in merged([(PLACE, f) for f in frames])] == [
        ("r", 1, 0, 2, "ab"),
        ("r", 1, 3, 1, "d"),
        ("s", 1, 0, 1, "z"),
        ("r", 2, 0, 2, "n"),
    ]


def test_a_frame_survives_its_bytes_and_other_bytes_are_refused() -> None:
    assert loads(dumps(frame(4, "é"))) == frame(4, "é")
    assert key_of(PLACE) == b"school/ada"
    other_types = dumps(frame(4, "é")).replace(b'"pieces":1', b'"pieces":"1"')
    assert b'"1"' in other_types
    for payload in (b"", b"{}", b"[1]", b'{"text": "a"}', other_types):
        with pytest.raises(FrameError):
            loads(payload)
