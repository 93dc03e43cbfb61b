"""The context stage behind the real checks: what apps may send, and what becomes of it."""

import pytest

from agents.context import encoder
from agents.context.agent import stage
from cli.apps import check
from config.settings import Settings
from pipeline.delivery.intake import Intake, RawRecord
from pipeline.delivery.outbox import Outbox
from pipeline.delivery.process_keyed import KeyedProcessor
from pipeline.delivery.record import Record
from schemas import codec
from schemas.topics import ENRICHED, MESSAGES
from sinks.dead_letters import DEAD_LETTERS
from tests.agents.context.events import NOON, message
from tests.pipeline.delivery.memory import MemoryLease, MemoryProducer, MemoryStates
from tests.pipeline.delivery.records import partition_of

KEY = b"school/ada"


@pytest.fixture(autouse=True)
def without_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "default", lambda: None)


class Bench:
    def __init__(self) -> None:
        self.producer, self.states, lease = MemoryProducer(), MemoryStates(), MemoryLease()
        made = stage(Settings(_env_file=None))
        self.process = KeyedProcessor(
            made,
            Intake(made.sources, check(Settings(_env_file=None)), partition_of),
            Outbox(made.name, self.producer, lease),
            self.states,
            lease,
            lambda *_: None,
            remembered_ids=4,
        )

    async def take(self, value: bytes, offset: int = 0, key: bytes | None = KEY) -> None:
        await self.process(RawRecord(MESSAGES.name, partition_of(KEY), offset, key, value, NOON))


@pytest.mark.parametrize(
    "value",
    [
        codec.encode("LearnerMessage", message(sent_at=-(2**62))),
        codec.encode("LearnerMessage", message(sent_at=-1)),
        codec.encode("LearnerMessage", message(sent_at=2**62)),
        b'{"tenant_id": "school", "learner_id": "ada", "text": "hi", "sent_at": "0001-01-01T00:00:00+14:00"}',
    ],
)
async def test_a_time_that_no_clock_shows_is_a_dead_letter_and_the_next_message_is_answered(value: bytes) -> None:
    bench = Bench()
    await bench.take(value)
    await bench.take(codec.encode("LearnerMessage", message()), 1)
    (letter,) = bench.producer.to(MESSAGES.dlq)
    assert (letter.headers["dlq_reason"], letter.headers["dlq_offset"]) == (b"sent_at", b"0")
    assert b"1970" in letter.headers["dlq_error"]
    assert len(bench.producer.to(ENRICHED.name)) == 1


async def test_what_is_refused_without_a_key_is_a_row_of_the_learner_whose_words_it_holds() -> None:
    bench = Bench()
    text = "my secret " * 900
    value = f'{{"tenant_id": "school", "learner_id": "ada", "text": "{text}"}}'.encode()
    await bench.take(value, key=None)
    (letter,) = bench.producer.to(MESSAGES.dlq)
    assert (letter.key, letter.headers["dlq_reason"]) == (KEY, b"text_too_long")
    stored = Record(MESSAGES.dlq, 0, 0, letter.key or b"", {"payload": letter.value}, NOON, letter.headers)
    row = dict(zip(DEAD_LETTERS.names, DEAD_LETTERS.row(stored), strict=True))
    assert (row["tenant_id"], row["learner_id"], row["record_key"]) == ("school", "ada", b"")
    assert row["payload"] == value
