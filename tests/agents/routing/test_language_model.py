"""A message answered by a real language model, where the extra `language-model` is installed."""

from collections.abc import Iterator

import pytest

from agents.routing.ledger import ConversationState
from agents.routing.providers.factory import client_for
from agents.routing.router import Router
from config.prompts import fixed_replies, tutor_template
from config.providers import Timeouts
from local.language_model import LanguageModel
from tests.agents.routing.conftest import declared, due_in, now_micros

pytestmark = pytest.mark.skipif(not LanguageModel.installed(), reason="the extra language-model is not installed")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageModel]:
    service = LanguageModel(tmp_path_factory.mktemp("model"))
    service.start()
    yield service
    service.stop()
    (service.directory / "weights.gguf").unlink()


async def test_reply_is_streamed_counted_and_kept(model: LanguageModel) -> None:
    provider = declared(
        "small",
        model.base_url,
        max_output_tokens=24,
        timeouts=Timeouts(first_token=60, between_tokens=60, total=90),
    )
    router = Router([provider], {"small": client_for(provider)}, tutor_template(), fixed_replies())
    pieces: list[str] = []
    response, _ = await router.answer(
        due_in(120),
        ConversationState(),
        now_micros,
        False,
        lambda _answer, _attempt, _sequence, text: pieces.append(text),
    )
    await router.close()
    assert (response["source"], response["provider"]) == ("PROVIDER", "small")
    assert len(pieces) > 1
    assert "".join(pieces).strip() == response["text"]
    assert response["prompt_tokens"] > 20
    assert 0 < response["completion_tokens"] <= 24
    assert response["finish_reason"] in ("stop", "length")
