import json
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from config.settings import Settings
from pipeline.delivery.headers import TRACE
from pipeline.delivery.record import Record
from pipeline.telemetry.otlp import OtlpJsonExporter, encoded
from pipeline.telemetry.tracing import Call, Tracer, tracer

ROOT = 0x00AB


def parent(trace: int, flags: str = "01") -> dict[str, bytes]:
    return {TRACE: f"00-{trace:032x}-{ROOT:016x}-{flags}".encode()}


def record(trace: int) -> Record:
    event = {"message_id": "m-1", "learner_id": "ada", "text": "I am lost"}
    return Record("masterx.scored", 3, 17, b"school/ada", event, 1_000_000, parent(trace))


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def every(spans: InMemorySpanExporter) -> Tracer:
    return Tracer("masterx-routing", 1.0, SimpleSpanProcessor(spans))


def test_a_span_is_the_child_of_the_record_s_and_the_parent_of_what_comes_next(
    every: Tracer, spans: InMemorySpanExporter
) -> None:
    trace = uuid.uuid4().int
    span = every.begin("routing", record(trace))
    assert span is not None
    span.note("handled")
    span.end()
    (told,) = spans.get_finished_spans()
    assert told.parent is not None
    assert (told.context.trace_id, told.parent.span_id) == (trace, ROOT)
    assert span.headers[TRACE] == f"00-{trace:032x}-{told.context.span_id:016x}-01".encode()
    assert [event.name for event in told.events] == ["handled"]


def test_nothing_of_the_learner_is_in_a_span(every: Tracer, spans: InMemorySpanExporter) -> None:
    span = every.begin("routing", record(1))
    assert span is not None
    span.end()
    said = json.dumps(encoded(spans.get_finished_spans()))
    assert "m-1" in said
    assert not any(word in said for word in ("ada", "school", "lost"))


def test_calls_stand_one_behind_the_other_and_end_with_the_note(every: Tracer, spans: InMemorySpanExporter) -> None:
    span = every.begin("routing", record(1))
    assert span is not None
    span.note("handled", [Call("chat a", 30.0, {}, failed=True), Call("chat b", 20.0, {"gen_ai.request.model": "b"})])
    span.end()
    told = {one.name: one for one in spans.get_finished_spans()}
    assert told["chat a"].end_time == told["chat b"].start_time
    assert told["chat b"].end_time - told["chat b"].start_time == 20_000_000
    whole = told["routing process"].context
    assert {one.parent.span_id for one in (told["chat a"], told["chat b"])} == {whole.span_id}
    assert told["chat a"].status.status_code.name == "ERROR"


def test_every_process_follows_the_same_share_of_messages(spans: InMemorySpanExporter) -> None:
    some, others = (Tracer(name, 0.25, SimpleSpanProcessor(spans)) for name in ("a", "b"))
    ids = [uuid.uuid5(uuid.NAMESPACE_OID, str(number)).int for number in range(2000)]
    followed = [some.sampled(parent(one)) for one in ids]
    assert followed == [others.sampled(parent(one)) for one in ids]
    assert 400 < sum(followed) < 600


@pytest.mark.parametrize(
    "headers",
    [{}, {TRACE: b"00-1-2-01"}, {TRACE: b"x" * 55}, {TRACE: b"00-" + b"g" * 32 + b"-" + b"0" * 16 + b"-01"}],
    ids=["none", "short", "no trace", "no digits"],
)
def test_what_is_no_trace_or_not_to_be_sampled_is_not_followed(every: Tracer, headers: dict[str, bytes]) -> None:
    assert not every.sampled(headers)
    assert not every.sampled(parent(1, flags="00"))


def test_unless_it_is_asked_for_there_is_no_tracer(tmp_path: Path) -> None:
    assert tracer("masterx-core", Settings()) is None
    assert tracer("masterx-core", Settings(trace_to=str(tmp_path / "spans"), trace_share=0)) is None


def finished(spans: InMemorySpanExporter, tracer: Tracer) -> tuple[ReadableSpan, ...]:
    tracer.published("masterx.messages", "m-1", parent(7), 5)
    return spans.get_finished_spans()


def test_spans_are_appended_to_a_file_line_by_line(every: Tracer, spans: InMemorySpanExporter, tmp_path: Path) -> None:
    exporter = OtlpJsonExporter(str(tmp_path / "spans.jsonl"))
    for _ in range(2):
        exporter.export(finished(spans, every)[:1])
    lines = [json.loads(line) for line in (tmp_path / "spans.jsonl").read_text().splitlines()]
    assert len(lines) == 2
    (span,) = lines[0]["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert (span["traceId"], span["spanId"], span["kind"]) == (f"{7:032x}", f"{ROOT:016x}", 4)
    assert "parentSpanId" not in span


class Collector(BaseHTTPRequestHandler):
    taken: list[bytes]

    def do_POST(self) -> None:
        self.taken.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def collector() -> Iterator[tuple[str, list[bytes]]]:
    Collector.taken = []
    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/traces", Collector.taken
        server.shutdown()


def test_spans_are_posted_to_a_collector(
    every: Tracer, spans: InMemorySpanExporter, collector: tuple[str, list[bytes]]
) -> None:
    address, taken = collector
    OtlpJsonExporter(address).export(finished(spans, every))
    (body,) = taken
    assert json.loads(body)["resourceSpans"][0]["resource"]["attributes"]


def test_a_collector_that_is_away_costs_its_spans_and_one_line(
    every: Tracer, spans: InMemorySpanExporter, caplog: pytest.LogCaptureFixture
) -> None:
    exporter = OtlpJsonExporter("http://127.0.0.1:1/v1/traces")
    for _ in range(3):
        exporter.export(finished(spans, every))
    assert len(caplog.records) == 1
