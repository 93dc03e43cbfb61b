"""Through the stage itself, with the encoder that ships."""

from collections.abc import Sequence

import pytest

from agents.context import encoder
from agents.context.agent import stage
from agents.context.encoder import Vectors
from agents.context.memory.apart import NAMES
from agents.context.memory.store import Item, Memory
from agents.context.state import VERSION, ContextState
from config.settings import Settings
from pipeline.delivery.process_keyed import AWAY
from pipeline.delivery.record import Outcome, Record
from schemas.codec import Event
from schemas.topics import ERASURES, MESSAGES, RESPONSES
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


async def test_what_has_waited_long_is_enriched_without_the_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    real = encoder.unrationed()
    asked: list[str] = []

    class Watched:
        def encode(self, texts: Sequence[str]) -> Vectors | None:
            asked.extend(texts)
            return real.encode(texts)

    monkeypatch.setattr(encoder, "default", Watched)
    at_once = await enriched(0.0)
    assert asked == [QUESTION]
    late = await enriched(10.0)
    assert asked == [QUESTION]
    assert late["missing"] == []
    assert late["text"] == at_once["text"]


async def test_an_encoder_that_is_not_installed_is_missing_in_a_hurry_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "default", lambda: None)
    assert (await enriched(10.0))["missing"] == ["embeddings"]


@pytest.mark.parametrize("warm", [True, False])
async def test_a_memory_that_has_a_row_of_its_own_is_found_again(warm: bool) -> None:
    state: bytes | None = None
    rows: dict[bytes, bytes | None] = {}
    renewed, one = 0, stage(Settings())
    for turn in range(1, 100):
        event = {
            **sample("TutorResponse"),
            "turn": turn,
            "text": f"So {turn} halves of the cake make {turn / 2} cakes.",
        }
        event["message_text"] = f"My favourite number is {turn}. I have an exam about topic {turn} next week, I think."
        for topic, read in ((RESPONSES.name, event), (MESSAGES.name, {**sample("LearnerMessage"), "text": "Why?"})):
            # Where nothing is to be warm, another worker takes each record.
            worker = one if warm else stage(Settings())
            own = ContextState.loads(state, rows.get).apart.row
            outcome = await worker.handle(Record(topic, 0, turn, b"key", read, 0, rows=rows.get), state)
            assert own is None or not outcome.rows.get(NAMES[own]), "the row that the stored state speaks of"
            state = outcome.state
            rows |= outcome.rows
            renewed += any(outcome.rows.values())
    memory = ContextState.loads(state, rows.get).memory
    assert 1 < renewed < 10
    assert len(memory) > 150
    assert "I have an exam about topic 99 next week, I think." in memory.texts()


async def test_a_message_stores_the_row_of_a_memory_that_had_none() -> None:
    many = [Item(number, "said", "", number, 0, f"sentence {number}") for number in range(100)]
    whole = ContextState(memory=Memory.empty().add(many)).dumps()
    event = {**sample("LearnerMessage"), "text": QUESTION}
    outcome = await stage(Settings()).handle(Record(MESSAGES.name, 0, 0, b"key", event, 0), whole)
    assert list(outcome.rows) == [NAMES[0]]
    assert len(ContextState.loads(outcome.state, dict(outcome.rows).get).memory) == 100


async def test_an_erasure_takes_the_rows_along() -> None:
    outcome = await stage(Settings()).handle(Record(ERASURES.name, 0, 0, b"key", {}, 0), b"")
    assert outcome == Outcome(forget=True, rows=dict.fromkeys(NAMES))


async def test_a_state_that_a_newer_worker_wrote_is_waited_with_and_not_refused() -> None:
    newer = bytes([VERSION[0] + 1]) + b"whatever that version has"
    record = Record(MESSAGES.name, 0, 0, b"key", {**sample("LearnerMessage"), "text": QUESTION}, 0)
    with pytest.raises(AWAY, match="newer than this worker's"):
        await stage(Settings()).handle(record, newer)
