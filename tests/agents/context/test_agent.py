"""Through the stage itself, with the encoder that ships."""

import pytest

from agents.context import encoder
from agents.context.agent import stage
from config.settings import Settings
from pipeline.delivery.record import Record
from schemas.codec import Event
from schemas.topics import MESSAGES
from tests.cli.samples import sample

QUESTION = "How do I add 3/4 and 1/2, and why do the parts have to be alike?"


async def enriched(waited: float) -> Event:
    event = {**sample("LearnerMessage"), "text": QUESTION}
    outcome = await stage(Settings()).handle(Record(MESSAGES.name, 0, 0, b"key", event, 0, waited=waited), None)
    (emit,) = outcome.emits
    return emit.event


@pytest.fixture(autouse=True)
def rested(monkeypatch: pytest.MonkeyPatch) -> None:
    """An encoder that has had none of its share yet."""
    monkeypatch.setattr(encoder, "default", lambda: encoder.unrationed())


async def test_what_has_waited_long_is_enriched_without_the_encoder() -> None:
    at_once, late = await enriched(0.0), await enriched(10.0)
    assert at_once["question"]["vector"]
    assert not late["question"]["vector"]
    assert late["missing"] == []
    assert late["text"] == at_once["text"]


async def test_an_encoder_that_is_not_installed_is_missing_in_a_hurry_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "default", lambda: None)
    assert (await enriched(10.0))["missing"] == ["embeddings"]
