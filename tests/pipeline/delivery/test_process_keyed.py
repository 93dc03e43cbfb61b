import asyncio
import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from pipeline.delivery import outbox as outbox_module
from pipeline.delivery import process_keyed, seen
from pipeline.delivery.headers import REROUTED
from pipeline.delivery.intake import Intake
from pipeline.delivery.outbox import Outbox
from pipeline.delivery.process_keyed import KeyedProcessor
from pipeline.delivery.record import Emit, NotNow, Outcome, Record, Refused
from pipeline.delivery.stage import KeyedStage, Source
from pipeline.telemetry.tracing import Call, Tracer
from schemas import codec
from schemas.topics import ATTEMPTS, LEARNING_EVENTS, PROFILES
from tests.pipeline.delivery.memory import MemoryLease, MemoryProducer, MemoryStates
from tests.pipeline.delivery.records import attempt, learning_event, partition_of, raw


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    for module in (process_keyed, outbox_module):
        monkeypatch.setattr(module, "FIRST_PAUSE", 0.001)
        monkeypatch.setattr(module, "LONGEST_PAUSE", 0.002)


class Bench:
    """A processor with memory behind its ports, and a stage that counts a learner's attempts."""

    def __init__(self, owner: bool = True, **stage: object) -> None:
        self.log: list[str] = []
        self.producer = MemoryProducer(self.log)
        self.states = MemoryStates(self.log)
        self.lease = MemoryLease()
        self.counts: list[bool] = []
        self.handled = 0
        self.raises: list[Exception] = []
        made = replace(KeyedStage("count", (Source(ATTEMPTS, owner=owner),), self.handle), **stage)  # type: ignore[arg-type]
        self.process = KeyedProcessor(
            made,
            Intake(made.sources, self.check, partition_of),
            Outbox("count", self.producer, self.lease),
            self.states,
            self.lease,
            lambda _topic, refused: self.counts.append(refused),
            remembered_ids=4,
        )

    def check(self, name: str, event: codec.Event, appended_at: int) -> None:
        if event["item_id"] == "":
            raise Refused("item", "the item is empty")

    async def handle(self, record: Record, state: bytes | None) -> Outcome:
        self.handled += 1
        if self.raises:
            raise self.raises.pop(0)
        if record.event["item_id"] == "forget":
            return Outcome(forget=True)
        count = int(state or b"0") + 1
        return Outcome((Emit(LEARNING_EVENTS, learning_event(record.event, count)),), str(count).encode())

    @property
    def state(self) -> bytes | None:
        (value,) = self.states.values.values()
        return seen.unpack(value)[1]

    def dead_letter(self) -> dict[str, str]:
        (letter,) = self.producer.to(ATTEMPTS.dlq)
        return {name: value.decode() for name, value in letter.headers.items()}


async def test_what_is_produced_for_a_followed_record_has_the_stage_s_span_as_its_parent():
    spans = InMemorySpanExporter()
    bench = Bench(calls=lambda event: [Call("asked", 1.0, {})])
    bench.process._tracer = Tracer("masterx-test", 1.0, SimpleSpanProcessor(spans))
    parent = b"00-" + b"0" * 31 + b"7-" + b"0" * 15 + b"9-01"
    await bench.process(raw(attempt(), headers=(("traceparent", parent),)))
    asked, own = spans.get_finished_spans()
    assert (asked.parent.span_id, own.parent.span_id) == (own.context.span_id, 9)
    assert [event.name for event in own.events] == ["handled", "produced", "stored"]
    (out,) = bench.producer.to(LEARNING_EVENTS.name)
    assert out.headers["traceparent"] == f"00-{7:032x}-{own.context.span_id:016x}-01".encode()


async def test_a_followed_record_that_is_given_up_is_a_failed_span():
    spans = InMemorySpanExporter()
    bench = Bench()
    bench.process._tracer = Tracer("masterx-test", 1.0, SimpleSpanProcessor(spans))
    bench.raises = [Refused("bad", "no good")]
    parent = b"00-" + b"0" * 31 + b"7-" + b"0" * 15 + b"9-01"
    await bench.process(raw(attempt(), headers=(("traceparent", parent),)))
    (own,) = spans.get_finished_spans()
    assert own.status.status_code.name == "ERROR"


async def test_a_stage_is_told_how_long_its_record_has_waited():
    told = []

    async def handle(record, state):
        told.append(record.waited)
        return Outcome()

    now = time.time_ns() // 1000
    for appended_at in (now - 5_000_000, now + 5_000_000):
        await Bench(handle=handle).process(replace(raw(attempt()), appended_at=appended_at))
    late, ahead = told
    assert 5.0 <= late < 6.0
    assert ahead == 0.0


async def test_produces_then_stores():
    bench = Bench()
    event = attempt()
    record = raw(event, headers=(("traceparent", b"00-1-2-01"),))
    await bench.process(record)
    assert bench.log == [f"produce {LEARNING_EVENTS.name}", "store"]
    (out,) = bench.producer.produced
    assert (out.key, out.partition) == (record.key, record.partition)
    made = codec.decode("LearningEvent", out.value)
    assert out.headers["ce_id"].decode() == made["event_id"]
    assert out.headers["ce_type"] == b"masterx.LearningEvent"
    assert out.headers["ce_source"] == b"/masterx/count"
    assert out.headers["ce_time"] == b"2023-11-14T22:13:20.000000+00:00"
    assert out.headers["traceparent"] == b"00-1-2-01"
    assert bench.state == b"1"
    assert bench.counts == [False]


async def test_write_ahead_stores_before_it_produces():
    bench = Bench(write_ahead=True)
    await bench.process(raw(attempt()))
    assert bench.log == ["store", f"produce {LEARNING_EVENTS.name}"]


async def test_a_record_that_comes_again_counts_once():
    bench = Bench()
    record = raw(attempt())
    await bench.process(record)
    await bench.process(replace(record, offset=7))
    assert bench.handled == 1
    assert bench.state == b"1"
    assert len(bench.producer.produced) == 1


async def test_a_stored_output_of_another_version_s_waits_for_its_schema():
    away = [codec.UndecidedError("unknown_schema", "is being looked up")] * 4

    def replay(record: Record, state: bytes) -> Sequence[Emit]:
        if away:
            raise away.pop()
        return (Emit(LEARNING_EVENTS, learning_event(record.event, int(state))),)

    bench = Bench(write_ahead=True, replay=replay)
    bench.raises = [codec.UndecidedError("unknown_schema", "is being looked up")] * 4
    record = raw(attempt())
    await bench.process(record)
    await bench.process(record)
    assert (bench.handled, away) == (5, [])
    assert len(bench.producer.produced) == 2
    assert bench.producer.to(ATTEMPTS.dlq) == []


async def test_a_redelivery_is_answered_from_what_was_stored():
    def replay(record: Record, state: bytes) -> Sequence[Emit]:
        return (Emit(LEARNING_EVENTS, learning_event(record.event, int(state))),)

    bench = Bench(write_ahead=True, replay=replay)
    record = raw(attempt())
    await bench.process(record)
    await bench.process(record)
    first, second = bench.producer.produced
    assert bench.handled == 1
    assert first.value == second.value


async def test_a_redelivery_whose_answer_was_not_stored_after_all_is_handled_as_new():
    bench = Bench(write_ahead=True, replay=lambda record, state: None)
    record = raw(attempt())
    await bench.process(record)
    await bench.process(record)
    assert bench.handled == 2
    (value,) = bench.states.values.values()
    assert len(seen.unpack(value)[0]) == 2 * seen.DIGEST_BYTES


async def test_rows_are_stored_ahead_of_the_state_and_read_by_name():
    read: list[bytes | None] = []
    later: list[dict[bytes, bytes | None]] = [{b"a": b"1", b"b": b"2"}, {b"a": None}, {}]

    async def handle(record: Record, state: bytes | None) -> Outcome:
        read.append(record.rows(b"a"))
        return Outcome(state=b"s", rows=later.pop(0))

    bench = Bench(handle=handle)
    first = raw(attempt())
    for offset in range(3):
        await bench.process(raw(attempt(), offset))
    assert read == [None, b"1", None]
    assert list(bench.states.values) == [(0, first.key + b"\0b"), (0, first.key)]
    assert bench.states.deleted == [(0, first.key + b"\0a")]


@pytest.mark.parametrize("rows_first", [True, False])
async def test_rows_are_stored_before_their_state_is_sent_where_the_stage_wants_it(rows_first: bool):
    async def handle(record: Record, state: bytes | None) -> Outcome:
        return Outcome(state=b"s", rows={b"a": b"1"})

    bench = Bench(handle=handle, rows_first=rows_first)
    await bench.process(raw(attempt()))
    assert bench.log == (["store", "store"] if rows_first else ["store"])


async def test_only_the_last_ids_are_remembered():
    bench = Bench()
    records = [raw(attempt(), offset) for offset in range(5)]
    for record in records:
        await bench.process(record)
    await bench.process(records[1])
    assert bench.handled == 5
    await bench.process(records[0])
    assert bench.handled == 6


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"value": b"\xc3\x01not avro at all"}, "unknown_schema"),
        ({"value": None}, "empty"),
        ({"value": b"{"}, "json"),
        ({"value": b"plain text"}, "encoding"),
        ({"value": b"\x00\x00\x00\x00\x09rest"}, "unknown_schema"),
        ({"value": codec.encode("Attempt", attempt(item_id=""))}, "item"),
    ],
)
async def test_what_is_bad_goes_to_the_dead_letters_untouched(change, reason):
    bench = Bench()
    record = replace(raw(attempt(), 42, headers=(("mine", b"kept"),)), **change)
    await bench.process(record)
    letter = bench.dead_letter()
    assert letter["dlq_reason"] == reason
    assert letter["dlq_topic"] == ATTEMPTS.name
    assert (letter["dlq_partition"], letter["dlq_offset"]) == (str(record.partition), "42")
    assert (letter["dlq_stage"], letter["dlq_attempt"], letter["mine"]) == ("count", "1", "kept")
    assert letter["dlq_error"]
    assert bench.producer.produced[0].value == record.value
    assert bench.producer.produced[0].key == record.key
    assert bench.counts == [True]
    assert bench.handled == 0


async def test_readers_that_do_not_own_a_topic_pass_over_what_is_bad():
    bench = Bench(owner=False)
    await bench.process(raw(attempt(), value=b"?"))
    assert bench.producer.produced == []
    assert bench.counts == [], "a flood is its owner's to stop for"


async def test_readers_that_do_not_own_a_topic_leave_what_is_in_a_wrong_partition_to_its_owner():
    bench = Bench(owner=False)
    await bench.process(raw(attempt(), key=None))
    assert bench.producer.produced == [], "each of them would send it once more"
    assert bench.counts == []
    assert bench.handled == 0


async def test_readers_that_do_not_own_a_topic_refuse_what_fails_with_themselves():
    bench = Bench(owner=False)
    bench.raises = [KeyError("a"), KeyError("b"), KeyError("c")]
    await bench.process(raw(attempt()))
    assert (bench.dead_letter()["dlq_reason"], bench.dead_letter()["dlq_stage"]) == ("failed", "count")
    assert bench.counts == [True]


async def test_a_record_in_the_wrong_partition_is_sent_to_its_own_once():
    bench = Bench()
    event = attempt()
    right = raw(event)
    await bench.process(replace(right, key=None))
    (sent,) = bench.producer.produced
    assert (sent.topic, sent.key, sent.value, sent.partition) == (ATTEMPTS.name, right.key, right.value, None)
    assert bench.handled == 0
    wrong = replace(right, partition=(right.partition + 1) % 4, headers=tuple(sent.headers.items()))
    await bench.process(wrong)
    assert bench.dead_letter()["dlq_reason"] == "key"


@pytest.mark.parametrize("beyond", [-100, 8000], ids=["with a letter's headers", "by itself"])
async def test_of_what_is_too_large_to_copy_the_dead_letter_says_where_it_stands(beyond):
    bench = Bench()
    value = codec.encode("Attempt", attempt(item_id="", answer="x" * 10_000))
    record = raw(attempt(), 42, value=value, headers=(("mine", b"kept"),))
    bench.producer.most = len(value) - beyond
    await bench.process(record)
    (written,) = bench.producer.produced
    assert (written.topic, written.key, written.value) == (ATTEMPTS.dlq, record.key, b"")
    letter = bench.dead_letter()
    assert (letter["dlq_reason"], letter["dlq_offset"], letter["mine"]) == ("item", "42", "kept")
    assert (letter["dlq_bytes"], letter["dlq_sha256"]) == (str(len(value)), hashlib.sha256(value).hexdigest())
    assert letter["dlq_error"].startswith(f"too large to copy: its {len(value)} bytes are left out here; ")
    assert bench.counts == [True]


@pytest.mark.parametrize("change", [{"key": b"k" * 5000}, {"headers": (("mine", b"h" * 5000),)}])
async def test_a_key_or_headers_that_are_too_large_to_copy_are_left_out_too(change):
    bench = Bench()
    bench.producer.most = 4096
    await bench.process(replace(raw(attempt(), 42, value=b"{"), **change))
    letter = bench.dead_letter()
    assert (letter["dlq_reason"], letter["dlq_offset"], letter["dlq_bytes"]) == ("json", "42", "1")
    assert bench.producer.produced[0].key is None


async def test_of_a_key_that_is_too_large_to_copy_the_learner_is_still_known():
    bench = Bench()
    bench.producer.most = 4096
    await bench.process(raw(attempt(item_id=""), key=b"k" * 5000))
    (written,) = bench.producer.produced
    assert (written.key, "dlq_key" in written.headers) == (b"t/l1", False)


async def test_what_is_whole_names_no_size():
    bench = Bench()
    await bench.process(raw(attempt(), value=None))
    assert {"dlq_bytes", "dlq_sha256"}.isdisjoint(bench.dead_letter())


async def test_what_is_too_large_to_be_moved_to_its_partition_is_a_dead_letter():
    bench = Bench()
    record = raw(attempt(answer="x" * 10_000), 42, key=None)
    bench.producer.most = len(record.value)
    await bench.process(record)
    letter = bench.dead_letter()
    assert (letter["dlq_reason"], letter["dlq_bytes"]) == ("too_large", str(len(record.value)))
    assert bench.producer.produced[0].key == b"t/l1"
    assert bench.counts == [True]
    assert bench.producer.to(ATTEMPTS.name) == []


@pytest.mark.parametrize("own", [None, b"", b"t/other"])
async def test_a_dead_letter_has_the_key_of_the_learner_whom_it_names(own):
    bench = Bench()
    record = raw(attempt(item_id="", answer="her words"))
    await bench.process(replace(record, key=own))
    (written,) = bench.producer.produced
    assert (written.key, written.value) == (record.key, record.value)
    assert written.headers["dlq_key"] == (own or b"")


async def test_a_dead_letter_that_lies_under_its_learner_s_key_names_no_other():
    bench = Bench()
    await bench.process(raw(attempt(item_id="")))
    assert "dlq_key" not in bench.dead_letter()


@pytest.mark.parametrize("learner", ["", " ", "a/b", "a\nb", "a" * 257])
async def test_a_dead_letter_keeps_its_key_where_it_names_nobody(learner):
    bench = Bench()
    record = raw(attempt(learner, item_id=""), key=b"t/l1")
    await bench.process(record)
    assert bench.producer.produced[0].key == b"t/l1"
    assert "dlq_key" not in bench.dead_letter()


async def test_what_is_moved_no_second_time_is_a_dead_letter_of_its_learner():
    bench = Bench()
    record = raw(attempt(), headers=((REROUTED, b"1/2"),))
    await bench.process(replace(record, key=b"t/other"))
    (written,) = bench.producer.to(ATTEMPTS.dlq)
    assert (written.key, written.headers["dlq_key"]) == (record.key, b"t/other")


async def test_a_stage_that_refuses_is_not_asked_again():
    bench = Bench()
    bench.raises = [Refused("concept", "no such concept")]
    await bench.process(raw(attempt()))
    letter = bench.dead_letter()
    assert (letter["dlq_reason"], letter["dlq_error"], letter["dlq_attempt"]) == ("concept", "no such concept", "1")
    assert bench.handled == 1


async def test_a_stage_that_fails_is_asked_three_times():
    bench = Bench()
    bench.raises = [KeyError("a"), KeyError("b")]
    await bench.process(raw(attempt()))
    assert bench.handled == 3
    assert bench.state == b"1"
    bench.raises = [KeyError("a"), KeyError("b"), KeyError("c")]
    await bench.process(raw(attempt(), 1))
    letter = bench.dead_letter()
    assert (letter["dlq_reason"], letter["dlq_error"], letter["dlq_attempt"]) == ("failed", "KeyError: 'c'", "3")
    assert bench.state == b"1"


async def test_not_now_is_asked_again_for_as_long_as_it_takes():
    bench = Bench()
    bench.raises = [NotNow("away")] * 7
    await bench.process(raw(attempt()))
    assert bench.handled == 8
    assert bench.state == b"1"


async def test_a_stage_that_hangs_is_given_up():
    async def hang(record: Record, state: bytes | None) -> Outcome:
        await asyncio.sleep(60)
        return Outcome()

    bench = Bench(handle=hang, timeout=0.01)
    await bench.process(raw(attempt()))
    assert bench.dead_letter()["dlq_reason"] == "timeout"


async def test_an_output_that_does_not_fit_its_schema_is_a_dead_letter_and_changes_no_state():
    async def wrong(record: Record, state: bytes | None) -> Outcome:
        return Outcome((Emit(LEARNING_EVENTS, {"event_id": "x"}),), b"1")

    bench = Bench(handle=wrong)
    await bench.process(raw(attempt()))
    assert bench.dead_letter()["dlq_reason"] == "output"
    assert bench.states.values == {}


async def test_an_output_whose_headers_can_not_be_written_is_a_dead_letter():
    async def ancient(record: Record, state: bytes | None) -> Outcome:
        return Outcome((Emit(LEARNING_EVENTS, {**learning_event(record.event, 1), "sent_at": -(2**62)}),), b"1")

    bench = Bench(handle=ancient)
    await bench.process(raw(attempt()))
    letter = bench.dead_letter()
    assert letter["dlq_reason"] == "output"
    assert "out of range" in letter["dlq_error"]
    assert bench.states.values == {}


async def test_a_stored_output_that_no_broker_takes_is_a_dead_letter_when_the_record_comes_again():
    def replay(record: Record, state: bytes) -> Sequence[Emit]:
        return (Emit(LEARNING_EVENTS, learning_event(record.event, int(state))),)

    bench = Bench(write_ahead=True, replay=replay)
    record = raw(attempt())
    await bench.process(record)
    bench.producer.failures, bench.producer.hopeless = 1, True
    await bench.process(record)
    assert bench.dead_letter()["dlq_reason"] == "output"
    assert bench.counts == [False, True]


async def test_a_broker_that_is_away_is_waited_for():
    bench = Bench()
    bench.producer.failures = 5
    await bench.process(raw(attempt()))
    assert len(bench.producer.to(LEARNING_EVENTS.name)) == 1
    assert bench.state == b"1"


async def test_a_record_that_no_broker_takes_is_a_dead_letter():
    bench = Bench()
    bench.producer.failures, bench.producer.hopeless = 1, True
    await bench.process(raw(attempt()))
    assert bench.dead_letter()["dlq_reason"] == "output"


@pytest.mark.parametrize("write_ahead", [True, False])
async def test_it_says_whether_what_the_stage_made_of_a_record_stands(write_ahead):
    bench = Bench(write_ahead=write_ahead)
    bench.raises = [Refused("bad", "no")]
    assert not await bench.process(raw(attempt()))
    bench.producer.failures, bench.producer.hopeless = 1, True
    record = raw(attempt(), 1)
    assert await bench.process(record) is write_ahead, "a dead letter whose state was written ahead is known"
    assert await bench.process(record)
    assert bench.state == b"1"
    bench.states.most = 1
    assert not await bench.process(raw(attempt("l2"), 2))


@pytest.mark.parametrize("owner", [True, False])
@pytest.mark.parametrize("write_ahead", [True, False])
async def test_a_state_that_no_broker_takes_is_a_dead_letter_and_the_next_learner_s_turn(write_ahead, owner):
    bench = Bench(owner=owner, write_ahead=write_ahead)
    first = raw(attempt())
    await bench.process(first)
    bench.states.most = len(bench.states.values[first.partition, first.key])
    await bench.process(raw(attempt(), 1))
    letter = bench.dead_letter()
    assert (letter["dlq_reason"], letter["dlq_offset"]) == ("state", "1")
    assert letter["dlq_error"] == "count can't store what it was to keep: MessageSizeTooLargeError: too large"
    assert bench.state == b"1", "what was stored before stays"
    assert len(bench.producer.to(LEARNING_EVENTS.name)) == 2, "the learner has an answer all the same"
    await bench.process(raw(attempt("l2"), 2))
    assert len(bench.states.values) == 2
    assert bench.counts == [False, True, False]


@pytest.mark.parametrize("rows_first", [True, False])
async def test_a_row_that_no_broker_takes_is_a_dead_letter(rows_first: bool):
    async def handle(record: Record, state: bytes | None) -> Outcome:
        return Outcome(state=b"s", rows={b"a": bytes(1000)})

    bench = Bench(handle=handle, rows_first=rows_first)
    bench.states.most = 100
    record = raw(attempt())
    await bench.process(record)
    assert bench.dead_letter()["dlq_reason"] == "state"
    assert ((record.partition, record.key) in bench.states.values) == (not rows_first)


@pytest.mark.parametrize("write_ahead", [True, False])
async def test_without_the_lease_nothing_is_produced_or_stored_or_done(write_ahead):
    bench = Bench(write_ahead=write_ahead)
    bench.lease.over = True
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bench.process(raw(attempt())), 0.05)
    assert bench.log == []
    assert bench.counts == []


async def test_a_lease_that_ends_after_the_outputs_leaves_the_state_to_the_new_owner(monkeypatch):
    bench = Bench()
    send = bench.producer.send

    async def last(*record):
        bench.lease.over = True
        return await send(*record)

    monkeypatch.setattr(bench.producer, "send", last)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bench.process(raw(attempt())), 0.05)
    assert bench.producer.produced
    assert bench.states.values == {}
    assert bench.counts == []


async def test_what_is_to_be_forgotten_leaves_no_value_and_no_id():
    bench = Bench()
    first, erasure = raw(attempt()), raw(attempt(item_id="forget"), 1)
    await bench.process(first)
    await bench.process(erasure)
    assert bench.states.values == {}
    assert bench.states.deleted == [(first.partition, first.key)]
    await bench.process(replace(first, offset=2))
    assert bench.state == b"1", "it is someone new"


@pytest.mark.parametrize("write_ahead", [True, False])
async def test_forgetting_one_leaves_the_others_and_may_come_again(write_ahead):
    bench = Bench(write_ahead=write_ahead)
    other, erasure = raw(attempt("l2")), raw(attempt("l1", item_id="forget"), 1)
    await bench.process(other)
    await bench.process(erasure)
    await bench.process(erasure)
    assert bench.states.values.keys() == {(other.partition, other.key)}
    assert bench.state == b"1"


async def test_without_the_lease_nothing_is_forgotten():
    bench = Bench()
    await bench.process(raw(attempt()))
    bench.lease.over = True
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bench.process(raw(attempt(item_id="forget"), 1)), 0.05)
    assert bench.state == b"1"


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["l1", "l2"]), st.booleans()), max_size=12))
async def test_what_is_known_is_what_came_since_the_last_erasure(steps):
    bench = Bench()
    counts: dict[str, int] = {}
    for offset, (learner, forget) in enumerate(steps):
        await bench.process(raw(attempt(learner, item_id="forget" if forget else "fractions-1"), offset))
        counts[learner] = 0 if forget else counts.get(learner, 0) + 1
    stored = {key.decode(): seen.unpack(value)[1] for (_, key), value in bench.states.values.items()}
    assert stored == {f"t/{learner}": str(count).encode() for learner, count in counts.items() if count}


async def test_a_tombstone_in_a_compacted_topic_is_passed_over_by_its_owner():
    bench = Bench(sources=(Source(PROFILES, owner=True),))
    await bench.process(raw(attempt(), topic=PROFILES.name, value=None))
    assert (bench.producer.produced, bench.states.values, bench.handled) == ([], {}, 0)
    assert bench.counts == [False]


async def test_an_empty_value_in_a_compacted_topic_is_no_tombstone():
    bench = Bench(sources=(Source(PROFILES, owner=True),))
    await bench.process(raw(attempt(), topic=PROFILES.name, value=b""))
    (letter,) = bench.producer.to(PROFILES.dlq)
    assert letter.headers["dlq_reason"] == b"empty"
