from itertools import pairwise

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.routing.failure import ProviderFailure
from agents.routing.providers import sse
from agents.routing.providers.client import Chunk


def event(text: str = "", finish: str | None = None, **more: object) -> bytes:
    choice = {"index": 0, "delta": {"content": text} if text else {}, "finish_reason": finish}
    return b"data: " + orjson.dumps({"choices": [choice], **more}) + b"\n\n"


USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3}}\n\n'
DONE = b"data: [DONE]\n\n"
WHOLE = event("Ein ") + event("schöner") + event(" Tag.") + event(finish="stop") + USAGE + DONE


def read(*parts: bytes) -> list[Chunk]:
    chunks: list[Chunk] = []
    reader = sse.Reader(chunks.append)
    for part in parts:
        if not reader.done:
            reader.feed(part)
    if not reader.done:
        reader.end()
    return chunks


def test_what_comes_together_is_put_together() -> None:
    assert read(WHOLE) == [Chunk("Ein schöner Tag.", "stop", 9, 3)]


@given(st.lists(st.integers(0, len(WHOLE)), max_size=12))
def test_any_cut_into_packets_reads_the_same(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(WHOLE)]
    chunks = read(*(WHOLE[a:b] for a, b in pairwise(places)))
    assert "".join(chunk.text for chunk in chunks) == "Ein schöner Tag."
    assert [chunk.finish_reason for chunk in chunks if chunk.finish_reason] == ["stop"]
    assert max(chunk.completion_tokens for chunk in chunks) == 3


def test_comments_and_other_fields_are_passed_over() -> None:
    chunks = read(b": ping\n\nevent: x\n", event("a", "stop"), b"\r\ndata:[DONE]\n")
    assert "".join(chunk.text for chunk in chunks) == "a"


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        ((event("a"),), "connection"),
        ((event("a"), DONE), "connection"),
        ((), "connection"),
        ((b"data: {oops\n",), "bad_reply"),
        ((b"data: [1]\n",), "bad_reply"),
        ((b'data: {"error":{"message":"overloaded","code":503}}\n',), "server_error"),
        ((b'data: {"error":{"message":"slow down","code":429}}\n',), "rate_limited"),
        ((b'data: {"error":"broken"}\n',), "server_error"),
        ((b'data: {"error":{"message":"filtered","code":"content_filter"}}\n',), "withheld"),
        ((b"x" * (sse.MOST_LINE_BYTES + 1),), "bad_reply"),
    ],
)
def test_what_is_no_whole_reply(parts: tuple[bytes, ...], kind: str) -> None:
    with pytest.raises(ProviderFailure) as raised:
        read(*parts)
    assert raised.value.kind == kind


def test_what_came_before_a_failure_is_handed_on() -> None:
    chunks: list[Chunk] = []
    with pytest.raises(ProviderFailure):
        sse.Reader(chunks.append).feed(event("a") + USAGE + DONE)
    assert chunks == [Chunk("a", "", 9, 3)]


def test_a_count_of_the_prompt_alone_is_handed_on() -> None:
    chunks = read(event("", "content_filter"), b'data: {"choices":[],"usage":{"prompt_tokens":9}}\n\n', DONE)
    assert chunks == [Chunk("", "content_filter"), Chunk("", "", 9, 0)]


def test_comments_and_lines_without_data_are_no_events() -> None:
    parts = b": still at work\n\n", b"data:\n\n", event("a"), b"data: \r\n\r\n", event(finish="stop"), DONE
    assert read(*parts) == [Chunk("a"), Chunk("", "stop")]


def test_end_after_the_finish_reason_is_whole_without_a_done_line() -> None:
    assert read(event("a"), event(finish="length")) == [Chunk("a"), Chunk("", "length")]


def test_reply_in_one_piece() -> None:
    payload = orjson.dumps({"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]})
    assert sse.whole(payload) == Chunk("hi", "stop", 0, 0)


@pytest.mark.parametrize("payload", [b"{}", b'{"choices":[]}', b'{"choices":[{}]}', b"no", b"[]"])
def test_reply_in_one_piece_of_the_wrong_shape(payload: bytes) -> None:
    with pytest.raises(ProviderFailure) as raised:
        sse.whole(payload)
    assert raised.value.kind == "bad_reply"


@pytest.mark.parametrize("finish", [7, {"type": "stop"}])
def test_finish_reason_is_text_whatever_it_was(finish: object) -> None:
    choice = {"delta": {"content": "a"}, "message": {"content": "a"}, "finish_reason": finish}
    body = orjson.dumps({"choices": [choice]})
    assert read(b"data: " + body + b"\n")[0].finish_reason == str(finish)
    assert sse.whole(body).finish_reason == str(finish)


def test_whole_reply_whose_content_is_no_text_is_refused() -> None:
    parts = [{"type": "text", "text": "a"}]
    with pytest.raises(ProviderFailure, match="no text") as raised:
        sse.whole(orjson.dumps({"choices": [{"message": {"content": parts}}]}))
    assert raised.value.kind == "bad_reply"
