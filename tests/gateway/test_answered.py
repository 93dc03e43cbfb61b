import asyncio

import pytest

from gateway.answered import Answered
from gateway.refusal import Refusal


async def test_a_request_is_sent_once_however_often_it_comes() -> None:
    answered, sent, go = Answered(), [], asyncio.Event()

    async def send() -> dict[str, object]:
        sent.append(1)
        await go.wait()
        return {"n": len(sent)}

    both = [asyncio.create_task(answered.once("id", b"d", send)) for _ in range(2)]
    await asyncio.sleep(0)
    go.set()
    assert await asyncio.gather(*both) == [{"n": 1}, {"n": 1}]
    assert await answered.once("id", b"d", send) == {"n": 1}
    assert len(sent) == 1


async def test_another_body_under_the_same_key_is_refused() -> None:
    answered = Answered()

    async def send() -> dict[str, object]:
        return {}

    await answered.once("id", b"one", send)
    with pytest.raises(Refusal) as refused:
        await answered.once("id", b"two", send)
    assert refused.value.status == 422


async def test_what_failed_may_be_sent_again() -> None:
    answered = Answered()

    async def fail() -> dict[str, object]:
        raise Refusal(503, "kafka_away", "no")

    async def send() -> dict[str, object]:
        return {"ok": True}

    with pytest.raises(Refusal):
        await answered.once("id", b"d", fail)
    assert await answered.once("id", b"d", send) == {"ok": True}


async def test_it_forgets_the_oldest() -> None:
    answered, sent = Answered(most=2), []

    async def send() -> dict[str, object]:
        sent.append(1)
        return {}

    for name in ("a", "b", "c", "a"):
        await answered.once(name, b"d", send)
    assert len(sent) == 4
