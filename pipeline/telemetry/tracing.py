"""One message followed through the stages: a span for each stage that handles it, children of each other by headers.

Whether a message is followed is decided by its trace's id alone, so that every process decides the same. Spans carry
ids and figures: never a learner's id, never what was written.
"""

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.delivery.headers import TRACE

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import SpanContext

    from config.settings import Settings
    from pipeline.delivery.record import Record

# The last 56 bits of a trace's id are random in any id: those of a UUID too.
_RANDOM_BITS = 56
_LENGTH = len("00-" + 32 * "0" + "-" + 16 * "0" + "-01")
SCHEMA = "https://opentelemetry.io/schemas/1.37.0"
"""The semantic conventions that attribute names are of, those for messaging and for generative AI among them."""

Attributes = Mapping[str, str | int | float | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Call:
    """A call to another system that a stage's output tells of."""

    name: str
    milliseconds: float
    attributes: Attributes
    failed: bool = False


class Span:
    """A stage's work on one record, under way. `headers` are the record's, with this span as the parent of the next."""

    __slots__ = ("_attributes", "_events", "_ids", "_name", "_start", "_tracer", "headers")

    def __init__(
        self,
        tracer: "Tracer",
        name: str,
        ids: tuple[int, int, int],
        headers: Mapping[str, bytes],
        attributes: dict[str, Any],
        start: int,
    ) -> None:
        self._tracer, self._name, self._ids, self._attributes, self._start = tracer, name, ids, attributes, start
        self._events: list[tuple[str, int]] = []
        trace, _, own = ids
        self.headers = {**headers, TRACE: f"00-{trace:032x}-{own:016x}-01".encode()}

    def note(self, name: str, calls: Sequence[Call] = ()) -> None:
        """Something is done now; `calls` came before it, the last one up to this moment."""
        self._events.append((name, time.time_ns()))
        if calls:
            self._tracer.finish_calls(self._ids, calls, time.time_ns())

    def end(self, *, failed: bool = False) -> None:
        """The work is over."""
        self._tracer.finish(self._name, self._ids, self._attributes, self._events, self._start, failed=failed)


class Tracer:
    """Makes the spans of one process and hands them to `processor`. `share` of all messages are followed."""

    def __init__(self, service: str, share: float, processor: "SpanProcessor") -> None:
        from opentelemetry.sdk.resources import Resource

        self._service = service
        self._below: int = round(share * 2**_RANDOM_BITS)
        self._processor = processor
        self._resource: Resource = Resource.create({"service.name": service}, schema_url=SCHEMA)

    def sampled(self, headers: Mapping[str, bytes]) -> bool:
        """Whether the message that a record belongs to is followed."""
        parent = headers.get(TRACE)
        if parent is None or len(parent) != _LENGTH or not parent.endswith(b"1"):
            return False
        try:
            drawn = int(parent[35 - _RANDOM_BITS // 4 : 35], 16)
        except ValueError:
            return False
        return drawn < self._below

    def begin(self, stage: str, record: "Record") -> Span | None:
        """The span of `stage` on `record`; None where its message is not followed."""
        if not self.sampled(record.headers):
            return None
        now = time.time_ns()
        parent = record.headers[TRACE]
        attributes: dict[str, Any] = {
            "messaging.system": "kafka",
            "messaging.operation.type": "process",
            "messaging.destination.name": record.topic,
            "messaging.destination.partition.id": str(record.partition),
            "messaging.kafka.offset": record.offset,
            "messaging.consumer.group.name": self._service,
            "masterx.waited_ms": round(now / 1e6 - record.appended_at / 1e3, 3),
        }
        message = record.event.get("message_id")
        if message:
            attributes["masterx.message_id"] = message
        ids = (int(parent[3:35], 16), int(parent[36:52], 16), random.getrandbits(64) or 1)
        return Span(self, f"{stage} process", ids, record.headers, attributes, now)

    def published(self, topic: str, message_id: str | None, headers: Mapping[str, bytes], started: int) -> None:
        """An event entered here: the root of its trace, whose id its headers have already."""
        if not self.sampled(headers):
            return
        parent = headers[TRACE]
        attributes: dict[str, Any] = {
            "messaging.system": "kafka",
            "messaging.operation.type": "send",
            "messaging.destination.name": topic,
        }
        if message_id:
            attributes["masterx.message_id"] = message_id
        ids = (int(parent[3:35], 16), 0, int(parent[36:52], 16))
        self._put(f"send {topic}", ids, attributes, (), started, time.time_ns(), "PRODUCER", failed=False)

    def finish(
        self,
        name: str,
        ids: tuple[int, int, int],
        attributes: Mapping[str, Any],
        events: Sequence[tuple[str, int]],
        start: int,
        *,
        failed: bool,
    ) -> None:
        """A stage's span is over."""
        self._put(name, ids, attributes, events, start, time.time_ns(), "CONSUMER", failed=failed)

    def finish_calls(self, ids: tuple[int, int, int], calls: Sequence[Call], end: int) -> None:
        """Calls of the span `ids`, one behind the other, the last one up to `end`."""
        trace, _, own = ids
        for call in reversed(calls):
            start = end - round(call.milliseconds * 1e6)
            child = (trace, own, random.getrandbits(64) or 1)
            self._put(call.name, child, call.attributes, (), start, end, "CLIENT", failed=call.failed)
            end = start

    def _put(
        self,
        name: str,
        ids: tuple[int, int, int],
        attributes: Mapping[str, Any],
        events: Sequence[tuple[str, int]],
        start: int,
        end: int,
        kind: str,
        *,
        failed: bool,
    ) -> None:
        from opentelemetry.sdk.trace import Event, ReadableSpan
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.status import Status, StatusCode

        trace, parent, own = ids
        self._processor.on_end(
            ReadableSpan(
                name,
                context=_context(trace, own),
                parent=_context(trace, parent) if parent else None,
                resource=self._resource,
                attributes=attributes,
                events=[Event(what, timestamp=at) for what, at in events],
                kind=SpanKind[kind],
                status=Status(StatusCode.ERROR if failed else StatusCode.UNSET),
                start_time=start,
                end_time=end,
            )
        )

    def close(self) -> None:
        """Hand over what is left. Blocks."""
        self._processor.shutdown()


def _context(trace: int, span: int) -> "SpanContext":
    from opentelemetry.trace import SpanContext, TraceFlags

    return SpanContext(trace, span, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))


def tracer(service: str, settings: "Settings") -> Tracer | None:
    """The tracer that the settings ask for; None where they ask for none, and nothing is loaded then.

    Raises `ValueError` where OpenTelemetry is not installed.
    """
    if not settings.trace_to or not settings.trace_share:
        return None
    try:
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        from pipeline.telemetry.otlp import OtlpJsonExporter
    except ImportError as error:
        raise ValueError("MASTERX_TRACE_TO needs OpenTelemetry: pip install 'masterx[tracing]'") from error
    return Tracer(
        service,
        settings.trace_share,
        BatchSpanProcessor(OtlpJsonExporter(settings.trace_to), schedule_delay_millis=1000.0),
    )
