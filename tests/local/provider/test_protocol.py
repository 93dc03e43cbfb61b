"""The protocol as the official client speaks it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from openai import APIStatusError, AsyncOpenAI
from openai.types.chat import ChatCompletionUserMessageParam

from local.provider import Provider
from local.provider.replies import digest


def say(text: str) -> list[ChatCompletionUserMessageParam]:
    return [{"role": "user", "content": text}]


@pytest.fixture
async def client(provider: Provider) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=provider.base_url, api_key="none", max_retries=0, timeout=20) as connected:
        yield connected


async def test_a_reply_names_its_maker_and_its_message(client: AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(model="test", messages=say("What is 1/2 + 1/4?"))
    text = answer.choices[0].message.content or ""
    assert text.startswith(f"[test provider] reply to {digest('What is 1/2 + 1/4?')}")
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0


async def test_no_two_calls_get_the_same_body(client: AsyncOpenAI) -> None:
    calls = [client.chat.completions.create(model="test", messages=say("again")) for _ in range(20)]
    answers = await asyncio.gather(*calls)
    assert len({answer.choices[0].message.content for answer in answers}) == 20
    assert len({answer.id for answer in answers}) == 20


async def test_a_stream_says_the_same_in_pieces_and_ends_with_its_usage(client: AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(
        model="test", messages=say("hi"), stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(pieces).startswith(f"[test provider] reply to {digest('hi')}")
    assert len(pieces) > 10
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == len([piece for piece in pieces if piece])


async def test_max_tokens_shortens_the_reply(client: AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(model="test", messages=say("hi"), max_tokens=3)
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 3


async def test_models_are_listed(client: AsyncOpenAI) -> None:
    assert [model.id async for model in client.models.list()] == ["test"]


async def test_a_request_without_messages_is_refused(client: AsyncOpenAI) -> None:
    with pytest.raises(APIStatusError) as caught:
        await client.post("/chat/completions", body={"model": "test"}, cast_to=object)
    assert caught.value.status_code == 400


async def test_calls_are_counted_by_message(provider: Provider, client: AsyncOpenAI) -> None:
    await client.chat.completions.create(model="test", messages=say("a"), user="m1")
    await client.chat.completions.create(model="test", messages=say("a"), user="m1")
    header = {"x-message-id": "m2"}
    await client.chat.completions.create(model="test", messages=say("a"), user="m1", extra_headers=header)
    stats = provider.stats()
    assert stats["by_message"] == {"m1": 2, "m2": 1}
    assert (stats["calls"], stats["answered"], stats["in_flight"], stats["messages_repeated"]) == (3, 3, 0, 1)
    assert "by_message" not in provider.stats(by_message=False)
