import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from pipeline.delivery import outbox as outbox_module
from pipeline.delivery import process_batch, seen
from pipeline.delivery.intake import Intake
from pipeline.delivery.outbox import Outbox
from pipeline.delivery.process_batch import BatchProcessor
from pipeline.delivery.record import Emit, NotNow, Record, Refused
from pipeline.delivery.stage import BatchOutcome, BatchStage, Source, StateReader
from pipeline.telemetry.meter import Counts
from pipeline.telemetry.tracing import Tracer
from schemas.codec import Event
from schemas.topics import ATTEMPTS, LEARNING_EVENTS, PROFILES, dead_letters
from tests.pipeline.delivery.memory import MemoryLease, MemoryProducer, MemoryStates
from tests.pipeline.delivery.records import attempt, learning_event, partition_of, raw


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    for module in (process_batch, outbox_module):
        monkeypatch.setattr(module, "FIRST_PAUSE", 0.001)
        monkeypatch.setattr(module, "LONGEST_PAUSE", 0.002)


class Bench:
    def __init__(self, owner: bool = True, stateful: bool = True, remembered: bool = True) -> None:
        self.log: list[str] = []
        self.producer = MemoryProducer(self.log)
        self.states = MemoryStates(self.log) if stateful else None
        self.lease = MemoryLease()
        self.batches: list[list[str]] = []
        self.away = 0
        self.bad: set[str] = set()
        self.broken: set[str] = set()
        self.ancient = False
        stage = BatchStage(
            "sum",
            (
                Source(ATTEMPTS, owner=owner, remembered=remembered),
                Source(dead_letters(ATTEMPTS)),
                Source(PROFILES, owner=owner),
            ),
            self.handle,
            stateful=stateful,
            remember=stateful,
            tick=self.tick,
        )
        self.untimely = False
        self.counts = Counts()
        self.outbox = Outbox("sum", self.producer, self.lease)
        self.process = BatchProcessor(
            stage,
            Intake(stage.sources, self.check, partition_of),
            self.outbox,
            self.states,
            self.lease,
            lambda *_: None,
            lambda: [1, 3],
            remembered_ids=4,
            counts=self.counts,
        )

    def check(self, name: str, event: Event, appended_at: int) -> None:
        if event.get("item_id") == "":
            raise Refused("item", "the item is empty")

    async def tick(self, partitions: Sequence[int], states: StateReader) -> BatchOutcome:
        if self.untimely:
            raise KeyError("untimely")
        return BatchOutcome(states={(partition, b"ticked"): b"1" for partition in partitions})

    async def handle(self, records: Sequence[Record], states: StateReader) -> BatchOutcome:
        self.batches.append([record.event["event_id"] for record in records])
        if self.away:
            self.away -= 1
            raise NotNow("away")
        if self.broken.intersection(self.batches[-1]):
            raise KeyError("broken")
        at = (records[0].partition, b"total")
        total = int(states.get(*at) or b"0") + len(records)
        event = learning_event(records[0].event, total)
        emits = [Emit(LEARNING_EVENTS, event, key=b"total")]
        if self.ancient:
            emits.insert(0, Emit(LEARNING_EVENTS, {**event, "sent_at": -(2**62)}, key=b"ancient"))
        forgotten = [(record.partition, record.key) for record in records if record.event["item_id"] == "forget"]
        return BatchOutcome(
            tuple(emits),
            {at: str(total).encode(), **dict.fromkeys(forgotten)},
            [(record, "row", "does not fit") for record in records if record.event["event_id"] in self.bad],
        )


async def test_produces_then_stores_the_sum_then_the_ids():
    bench = Bench()
    events = [attempt() for _ in range(3)]
    await bench.process([raw(event, offset) for offset, event in enumerate(events)])
    assert bench.log == [f"produce {LEARNING_EVENTS.name}", "store"]
    assert bench.producer.produced[0].key == b"total"
    assert bench.producer.produced[0].partition is None
    assert bench.states is not None
    stored = {key: value for (_, key), value in bench.states.values.items()}
    assert stored[b"total"] == b"3"
    ring, _ = seen.unpack(stored[b"seen\0t/l1"])
    assert [seen.contains(ring, seen.digest(ATTEMPTS.name, event["event_id"])) for event in events] == [True] * 3


async def test_a_batch_is_handled_whole_whether_or_not_its_records_are_followed():
    spans = InMemorySpanExporter()
    bench = Bench()
    bench.process._tracer = Tracer("masterx-test", 1.0, SimpleSpanProcessor(spans))
    parent = b"00-" + b"0" * 31 + b"7-" + b"0" * 15 + b"9-01"
    await bench.process([raw(attempt(), headers=(("traceparent", parent),)), raw(attempt(), 1)])
    assert [len(batch) for batch in bench.batches] == [2]
    assert bench.log == [f"produce {LEARNING_EVENTS.name}", "store"]
    (own,) = spans.get_finished_spans()
    assert own.parent.span_id == 9
    assert own.status.status_code.name != "ERROR"


async def test_duplicates_within_a_batch_and_after_it_are_passed_over():
    bench = Bench()
    record = raw(attempt())
    await bench.process([record, replace(record, offset=1)])
    await bench.process([replace(record, offset=2)])
    assert [len(batch) for batch in bench.batches] == [1]


async def test_of_a_topic_that_is_not_remembered_the_ids_take_no_other_s_place():
    bench = Bench(remembered=False)
    await bench.process([raw(attempt())])
    assert bench.states is not None
    assert [key for _, key in bench.states.values] == [b"total"]


async def test_a_batch_comes_again_while_the_far_side_is_away():
    bench = Bench(stateful=False)
    bench.away = 3
    await bench.process([raw(attempt()), raw(attempt(), 1)])
    assert len(bench.batches) == 4
    assert all(batch == bench.batches[0] for batch in bench.batches)


async def test_bad_records_and_bad_rows_are_dead_letters_and_the_others_count():
    bench = Bench()
    good, bad_row = attempt(), attempt()
    bench.bad = {bad_row["event_id"]}
    await bench.process([raw(good), raw(attempt(), 1, value=b"?"), raw(bad_row, 2)])
    reasons = [letter.headers["dlq_reason"] for letter in bench.producer.to(ATTEMPTS.dlq)]
    assert reasons == [b"encoding", b"row"]
    assert bench.batches == [[good["event_id"], bad_row["event_id"]]]


async def test_what_is_too_large_to_copy_costs_one_dead_letter_and_the_others_count():
    bench = Bench()
    large = attempt(answer="x" * 10_000)
    bench.bad = {large["event_id"]}
    bench.producer.most = 4096
    records = [raw(large), raw(attempt(), 1, value=b"?" * 9000), raw(large, 2, key=None), raw(attempt(), 3)]
    await bench.process(records)
    letters = bench.producer.to(ATTEMPTS.dlq)
    assert [letter.headers["dlq_reason"] for letter in letters] == [b"encoding", b"too_large", b"row"]
    assert [letter.headers["dlq_offset"] for letter in letters] == [b"1", b"2", b"0"]
    assert {letter.value for letter in letters} == {b""}
    assert len(bench.batches[0]) == 2


async def test_a_dead_letter_has_the_key_of_the_learner_whom_it_names():
    bench = Bench()
    await bench.process([raw(attempt(item_id=""), key=None)])
    (letter,) = bench.producer.to(ATTEMPTS.dlq)
    assert (letter.key, letter.headers["dlq_key"]) == (b"t/l1", b"")


async def test_an_output_that_can_not_be_a_record_is_said_and_left_out(caplog):
    bench = Bench()
    bench.ancient = True
    await bench.process([raw(attempt())])
    assert [out.key for out in bench.producer.produced] == [b"total"]
    assert bench.log[-1] == "store"
    assert "sum leaves out an output for masterx.learning-events" in caplog.text


async def test_an_output_that_no_broker_takes_is_said_and_left_out(caplog):
    bench = Bench()
    bench.producer.failures, bench.producer.hopeless = 1, True
    await bench.process([raw(attempt())])
    assert bench.producer.produced == []
    assert bench.log == ["store"]
    assert "sum leaves out an output for masterx.learning-events" in caplog.text


async def test_a_state_that_no_broker_takes_is_said_and_left_out(caplog):
    bench = Bench()
    assert bench.states is not None
    bench.states.most = 5
    await bench.process([raw(attempt())])
    assert list(bench.states.values.values()) == [b"1"], "the ring of ids is what was too large"
    assert "sum leaves out a state of partition" in caplog.text


async def test_a_record_that_the_stage_fails_on_is_a_dead_letter_and_the_others_count_once():
    bench = Bench()
    assert bench.states is not None
    events = [attempt() for _ in range(5)]
    bench.broken = {events[3]["event_id"]}
    await bench.process([raw(event, offset) for offset, event in enumerate(events)])
    (letter,) = bench.producer.to(ATTEMPTS.dlq)
    assert [letter.headers[name] for name in ("dlq_offset", "dlq_reason", "dlq_error", "dlq_attempt")] == [
        b"3",
        b"failed",
        b"KeyError: 'broken'",
        b"3",
    ]
    assert bench.states.values[raw(events[0]).partition, b"total"] == b"4"
    ring, _ = seen.unpack(bench.states.values[raw(events[0]).partition, b"seen\0t/l1"])
    known = [seen.contains(ring, seen.digest(ATTEMPTS.name, event["event_id"])) for event in events[1:]]
    assert known == [True, True, False, True]
    bench.broken.clear()
    await bench.process([raw(events[3], 9)])
    assert bench.states.values[raw(events[0]).partition, b"total"] == b"5", "sent again, it counts"


async def test_until_the_last_part_of_a_batch_is_stored_no_id_of_it_is():
    bench = Bench()
    assert bench.states is not None
    events = [attempt() for _ in range(4)]
    bench.broken = {events[3]["event_id"]}
    records = [raw(event, offset) for offset, event in enumerate(events)]

    def unstored() -> bool:
        assert bench.states is not None
        return not any(key.startswith(b"seen") for _, key in bench.states.values)

    before: list[bool] = []
    handle = bench.handle

    async def watched(batch: Sequence[Record], states: StateReader) -> BatchOutcome:
        before.append(unstored())
        return await handle(batch, states)

    bench.process._stage = replace(bench.process._stage, handle=watched)
    await bench.process(records)
    assert len(before) > 3
    assert all(before)
    assert not unstored()


async def test_what_is_forgotten_in_one_part_of_a_batch_leaves_no_ids():
    bench = Bench()
    assert bench.states is not None
    erasure, other = attempt(item_id="forget"), attempt("l2")
    bench.broken = {other["event_id"]}
    await bench.process([raw(attempt()), raw(erasure, 1), raw(other, 2), raw(attempt("l2"), 3)])
    rings = {key for _, key in bench.states.values if key.startswith(b"seen\0")}
    assert rings == {b"seen\0t/l2"}


async def test_a_reader_that_does_not_own_the_topic_refuses_only_what_fails_with_itself():
    bench = Bench(owner=False)
    bad_row = attempt()
    bench.bad = {bad_row["event_id"]}
    await bench.process([raw(attempt(), value=b"?"), raw(bad_row, 1), raw(attempt(), 2, key=None)])
    assert [letter.headers["dlq_offset"] for letter in bench.producer.to(ATTEMPTS.dlq)] == [b"1"]
    assert bench.producer.to(ATTEMPTS.name) == []


async def test_a_lease_that_ends_after_the_outputs_leaves_the_states_to_the_new_owner(monkeypatch):
    bench = Bench()
    send = bench.producer.send

    async def last(*record):
        bench.lease.over = True
        return await send(*record)

    monkeypatch.setattr(bench.producer, "send", last)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bench.process([raw(attempt())]), 0.05)
    assert bench.log == [f"produce {LEARNING_EVENTS.name}"]


async def test_without_the_lease_what_has_to_wait_is_not_tried_again():
    bench = Bench()
    bench.away, bench.lease.over = 9, True
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bench.process([raw(attempt())]), 0.05)
    assert len(bench.batches) == 1


async def test_without_the_lease_nothing_is_stored():
    bench = Bench()
    bench.lease.over = True
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bench.process([raw(attempt())]), 0.05)
    assert bench.log == []


async def test_a_tick_reaches_the_partitions_assigned():
    bench = Bench()
    await bench.process([])
    assert bench.states is not None
    assert bench.states.values == {(1, b"ticked"): b"1", (3, b"ticked"): b"1"}


async def test_a_tick_that_fails_is_said_and_counted_and_the_next_one_comes(caplog):
    bench = Bench()
    bench.untimely = True
    await bench.process([])
    assert "sum failed at a tick; trying again at the next" in caplog.text
    assert (bench.states.values, bench.counts.retries) == ({}, 1)
    bench.untimely = False
    await bench.process([])
    assert bench.states.values == {(1, b"ticked"): b"1", (3, b"ticked"): b"1"}
    assert bench.counts.retries == 1


async def test_dead_letters_are_read_as_bytes_and_a_bad_one_stays_where_it_is(caplog):
    bench = Bench(stateful=False)
    letter = raw(attempt(), value=b"anything at all", topic=ATTEMPTS.dlq)
    # The bench's stage reads ids; that it got this far shows that the bytes were let through.
    await bench.process([letter])
    assert "sum failed on 1 records from masterx.attempts.DLQ" in caplog.text
    await bench.outbox.dead_letter(letter, "row", "does not fit", 1)
    assert bench.producer.produced == []


async def test_the_ids_of_a_key_go_with_its_state():
    bench = Bench()
    assert bench.states is not None
    first, other = raw(attempt()), raw(attempt("l2"), 1)
    await bench.process([first, other])
    await bench.process([raw(attempt(item_id="forget"), 2), raw(attempt(), 3)])
    rings = {key for _, key in bench.states.values if key.startswith(b"seen\0")}
    assert rings == {b"seen\0" + other.key}
    assert (first.partition, b"seen\0" + first.key) in bench.states.deleted
    await bench.process([replace(first, offset=4)])
    assert len(bench.batches) == 3, "nothing of it is remembered"


async def test_a_tombstone_in_a_compacted_topic_is_passed_over_by_its_owner():
    bench = Bench()
    await bench.process([raw(attempt(), topic=PROFILES.name, value=None)])
    assert bench.producer.produced == []
    assert bench.batches == []
