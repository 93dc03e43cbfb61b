"""The rehearsal provider over its socket: the protocol, whole and streamed, and its end."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from agents.routing.providers.client import Call, Chunk
from agents.routing.providers.factory import client_for
from config.providers import available, read_file
from local.rehearsal import Rehearsal
from local.rehearsal.compose import MARK
from tests.local.processes import all_gone

PROVIDERS = Path(__file__).parents[3] / "cli" / "demo" / "providers.yaml"


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    service = Rehearsal(tmp_path_factory.mktemp("rehearsal"))
    service.start()
    yield service
    service.stop()


def post(service: Rehearsal, body: object, path: str = "/chat/completions") -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    with urlopen(Request(service.base_url + path, data), timeout=10) as answer:
        return json.load(answer)


def question(text: str) -> dict[str, Any]:
    return {"model": "rehearsal", "messages": [{"role": "user", "content": text}]}


def test_a_question_is_answered_in_one_piece(rehearsal: Rehearsal) -> None:
    answer = post(rehearsal, question("What is a ratio?"))
    assert answer["choices"][0]["message"]["content"].startswith(MARK)
    assert answer["model"] == "rehearsal" and answer["usage"]["completion_tokens"] > 3


async def test_the_pipelines_own_client_streams_it(rehearsal: Rehearsal) -> None:
    (provider,) = available(read_file(PROVIDERS), {"MASTERX_REHEARSAL_URL": rehearsal.base_url})
    client = client_for(provider)
    call = Call(({"role": "user", "content": "What is a ratio?"},), 512, "id", "")
    chunks: list[Chunk] = []
    await client.ask(call, chunks.append)
    await client.close()
    text = "".join(chunk.text for chunk in chunks)
    assert text == post(rehearsal, question("What is a ratio?"))["choices"][0]["message"]["content"]
    assert len([chunk for chunk in chunks if chunk.text]) > 1


@pytest.mark.parametrize("body", [b"not json", {"model": "rehearsal"}, b"[]"])
def test_what_is_no_request_is_refused(rehearsal: Rehearsal, body: object) -> None:
    with pytest.raises(HTTPError) as refused:
        post(rehearsal, body)
    assert refused.value.code == 400
    assert json.load(refused.value)["error"]["code"] == "bad_request"


def test_another_path_is_not_found(rehearsal: Rehearsal) -> None:
    with pytest.raises(HTTPError) as refused:
        post(rehearsal, {}, "/embeddings")
    assert refused.value.code == 404
    refused.value.close()


def test_it_ends_when_it_is_told(tmp_path: Path) -> None:
    service = Rehearsal(tmp_path)
    service.start()
    pid = service.pid
    service.stop()
    assert all_gone([pid])
