"""Each misbehaviour through real HTTP."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from local.errors import LocalStackError
from local.provider import Provider


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
        yield session


def body(stream: bool = False, user: str = "u", model: str = "test") -> dict[str, Any]:
    return {"model": model, "user": user, "stream": stream, "messages": [{"role": "user", "content": "hello"}]}


def complete(http: aiohttp.ClientSession, provider: Provider, at: str = "", **fields: Any) -> Any:
    return http.post(f"{provider.url}{at}/v1/chat/completions", json=body(**fields))


async def statuses(http: aiohttp.ClientSession, provider: Provider, count: int, **fields: Any) -> list[int]:
    found = []
    for _ in range(count):
        async with complete(http, provider, **fields) as answer:
            found.append(answer.status)
    return found


async def until_calls_end(provider: Provider) -> dict[str, Any]:
    for _ in range(100):
        stats = provider.stats()
        if stats["in_flight"] == 0:
            return stats
        await asyncio.sleep(0.05)
    raise AssertionError("a call is still counted as under way")


@pytest.mark.parametrize("stream", [False, True])
async def test_fail(http: aiohttp.ClientSession, provider: Provider, stream: bool) -> None:
    provider.control(mode="fail", status=503, message="out of order")
    async with complete(http, provider, stream=stream) as answer:
        assert answer.status == 503
        assert (await answer.json())["error"]["message"] == "out of order"
    assert provider.stats()["answered"] == 0


async def test_rate_limit(http: aiohttp.ClientSession, provider: Provider) -> None:
    provider.control(mode="rate-limit", retry_after=7)
    async with complete(http, provider) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "7")


@pytest.mark.parametrize("delay", [0.3, {"uniform": [0.3, 0.4]}])
async def test_slow(http: aiohttp.ClientSession, provider: Provider, delay: object) -> None:
    provider.control(mode="slow", delay=delay)
    begin = asyncio.get_running_loop().time()
    async with complete(http, provider) as answer:
        assert answer.status == 200
        assert "[test provider]" in (await answer.json())["choices"][0]["message"]["content"]
    assert asyncio.get_running_loop().time() - begin >= 0.3


async def test_slow_stream_sends_its_tokens_one_by_one(http: aiohttp.ClientSession, provider: Provider) -> None:
    provider.control(mode="slow-stream", token_delay=0.02)
    async with complete(http, provider, stream=True) as answer:
        first = await answer.content.readuntil(b"\n\n")
        assert b'"content":"[test"' in first
        assert provider.stats()["in_flight"] == 1
        assert (await answer.content.read()).endswith(b"data: [DONE]\n\n")


@pytest.mark.parametrize("stream", [False, True])
async def test_hang_until_the_caller_leaves(http: aiohttp.ClientSession, provider: Provider, stream: bool) -> None:
    provider.control(mode="hang")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await complete(http, provider, stream=stream)
    stats = await until_calls_end(provider)
    assert (stats["calls"], stats["left"], stats["answered"]) == (1, 1, 0)


async def test_cut_a_stream_in_the_middle(http: aiohttp.ClientSession, provider: Provider) -> None:
    provider.control(mode="cut", after=4)
    received = b""
    with pytest.raises(aiohttp.ClientPayloadError):
        async with complete(http, provider, stream=True) as answer:
            async for part in answer.content.iter_any():
                received += part
    assert received.count(b"data: ") == 4
    assert b"[DONE]" not in received


async def test_cut_an_answer_in_one_piece(http: aiohttp.ClientSession, provider: Provider) -> None:
    provider.control(mode="cut")
    with pytest.raises(aiohttp.ClientPayloadError):
        async with complete(http, provider) as answer:
            await answer.read()


@pytest.mark.parametrize("kind", ["json", "html"])
async def test_garbage_that_is_not_json(http: aiohttp.ClientSession, provider: Provider, kind: str) -> None:
    provider.control(mode="garbage", kind=kind)
    async with complete(http, provider) as answer:
        assert answer.status == 200
        with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
            await answer.json(content_type=None)


async def test_garbage_without_text_or_choices(http: aiohttp.ClientSession, provider: Provider) -> None:
    provider.control(mode="garbage", kind="empty")
    async with complete(http, provider) as answer:
        assert (await answer.json())["choices"][0]["message"]["content"] == ""
    provider.control(mode="garbage", kind="shape")
    async with complete(http, provider) as answer:
        assert "choices" not in await answer.json()


@pytest.mark.parametrize(("kind", "sign"), [("json", b"{not json"), ("empty", b'"content":""'), ("shape", b"data: {")])
async def test_garbage_in_a_stream(http: aiohttp.ClientSession, provider: Provider, kind: str, sign: bytes) -> None:
    provider.control(mode="garbage", kind=kind)
    async with complete(http, provider, stream=True) as answer:
        events = await answer.read()
    assert sign in events
    assert b"[test" not in events


@pytest.mark.parametrize("after", [0, 2])
async def test_stall_within_a_stream(http: aiohttp.ClientSession, provider: Provider, after: int) -> None:
    provider.control(mode="stall", after=after)
    received = b""
    async with complete(http, provider, stream=True) as answer:
        assert answer.status == 200
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                async for part in answer.content.iter_any():
                    received += part
    assert received.count(b"data: ") == after
    assert (await until_calls_end(provider))["left"] == 1


async def test_reset_before_the_head(http: aiohttp.ClientSession, provider: Provider) -> None:
    provider.control(mode="reset", after=0)
    with pytest.raises(aiohttp.ClientOSError, match="reset by peer"):
        await complete(http, provider, stream=True)


async def test_reset_within_a_stream(http: aiohttp.ClientSession, provider: Provider) -> None:
    provider.control(mode="reset", after=2)
    received = b""
    async with complete(http, provider, stream=True) as answer:
        with pytest.raises(aiohttp.ClientError):
            async for part in answer.content.iter_any():
                received += part
    assert received.count(b"data: ") == 2


@pytest.mark.parametrize(
    ("kind", "sign"),
    [
        ("error", b'"code":"told_to_fail"'),
        ("unfinished", b'"finish_reason":null'),
        ("withheld", b'"finish_reason":"content_filter"'),
        ("length", b'"finish_reason":"length"'),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_reply_that_ends_in_another_way(
    http: aiohttp.ClientSession, provider: Provider, kind: str, sign: bytes, stream: bool
) -> None:
    provider.control(mode="garbage", kind=kind)
    async with complete(http, provider, stream=stream) as answer:
        received = await answer.read()
    assert sign in received
    assert b'"finish_reason":"stop"' not in received or kind == "error"


async def test_a_rule_for_one_user_model_or_provider(http: aiohttp.ClientSession, provider: Provider) -> None:
    provider.control(
        {"mode": "fail", "user": "bad-.*"},
        {"mode": "fail", "model": "large"},
        {"mode": "rate-limit", "provider": "groq"},
    )
    assert await statuses(http, provider, 1, user="bad-1") == [500]
    assert await statuses(http, provider, 1, model="large") == [500]
    assert await statuses(http, provider, 1, at="/groq") == [429]
    assert await statuses(http, provider, 1, at="/gemini") == [200]
    assert await statuses(http, provider, 1, user="good") == [200]
    assert provider.stats()["by_provider"] == {"": 3, "groq": 1, "gemini": 1}


async def test_a_rule_for_a_share_of_the_calls(http: aiohttp.ClientSession, provider: Provider) -> None:
    provider.control(mode="fail", share=0.25, seed=1)
    found = await statuses(http, provider, 200)
    assert 25 <= found.count(500) <= 75
    assert found.count(500) + found.count(200) == 200
    provider.control(mode="fail", share=0.25, seed=1)
    assert await statuses(http, provider, 200) == found


async def test_a_rule_for_the_first_calls(http: aiohttp.ClientSession, provider: Provider) -> None:
    provider.control(mode="fail", times=2)
    assert await statuses(http, provider, 4) == [500, 500, 200, 200]


async def test_rules_can_be_read_and_dropped(http: aiohttp.ClientSession, provider: Provider) -> None:
    provider.control(mode="fail", times=5)
    await statuses(http, provider, 1)
    async with http.get(f"{provider.url}/control") as answer:
        (rule,) = (await answer.json())["rules"]
    assert (rule["mode"], rule["times"], rule["met"]) == ("fail", 5, 1)
    provider.control()
    assert await statuses(http, provider, 1) == [200]


@pytest.mark.parametrize(
    ("rule", "sign"),
    [
        ({"mode": "explode"}, "choose one of ok, slow"),
        ({"mode": "slow", "delay": "2s"}, "is not a delay"),
        ({"mode": "slow", "delay": -1}, "is not a delay"),
        ({"mode": "garbage", "kind": "x"}, "choose one of json"),
        ({"mode": "ok", "usr": "x"}, "'usr' is not a field"),
    ],
)
def test_a_rule_that_is_wrong_is_refused_with_a_reason(provider: Provider, rule: dict[str, Any], sign: str) -> None:
    with pytest.raises(LocalStackError, match=sign):
        provider.control(rule)
