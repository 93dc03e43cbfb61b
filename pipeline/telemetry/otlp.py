"""Spans in OTLP's JSON encoding: posted to a collector, or appended to a file that collectors read too."""

import logging
import os
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 5.0
# OTLP numbers the kinds of spans from 1, the SDK from 0.
_FIRST_KIND = 1


class OtlpJsonExporter(SpanExporter):
    """Hands spans to `to`: an http(s) address that takes OTLP, or else the name of a file.

    What can't be delivered is dropped, and said once: telemetry must not hold up what it tells of.
    """

    def __init__(self, to: str) -> None:
        self._to = to
        self._failed = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Called from the processor's thread."""
        content = orjson.dumps(encoded(spans))
        try:
            if self._to.startswith(("http://", "https://")):
                request = urllib.request.Request(self._to, content, {"content-type": "application/json"})
                urllib.request.urlopen(request, timeout=PATIENCE_SECONDS).close()
            else:
                _append(Path(self._to), content + b"\n")
        except (OSError, urllib.error.URLError) as error:
            if not self._failed:
                log.warning("spans are dropped: %s does not take them: %s", self._to, error)
            self._failed = True
            return SpanExportResult.FAILURE
        self._failed = False
        return SpanExportResult.SUCCESS


def encoded(spans: Sequence[ReadableSpan]) -> dict[str, Any]:
    """An OTLP `ExportTraceServiceRequest` of spans of one process."""
    resource = spans[0].resource
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes(resource.attributes)},
                "schemaUrl": resource.schema_url,
                "scopeSpans": [{"scope": {"name": "masterx"}, "spans": [_span(span) for span in spans]}],
            }
        ]
    }


def _append(path: Path, content: bytes) -> None:
    # One write at the file's end: several workers may share it.
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, content)
    finally:
        os.close(descriptor)


def _span(span: ReadableSpan) -> dict[str, Any]:
    context, parent = span.context, span.parent
    found: dict[str, Any] = {
        "traceId": f"{context.trace_id:032x}",
        "spanId": f"{context.span_id:016x}",
        "name": span.name,
        "kind": span.kind.value + _FIRST_KIND,
        "startTimeUnixNano": str(span.start_time),
        "endTimeUnixNano": str(span.end_time),
        "attributes": _attributes(span.attributes or {}),
        "events": [{"name": event.name, "timeUnixNano": str(event.timestamp)} for event in span.events],
        "status": {"code": span.status.status_code.value},
    }
    if parent is not None:
        found["parentSpanId"] = f"{parent.span_id:016x}"
    return found


def _attributes(attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in attributes.items()]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list | tuple):
        return {"arrayValue": {"values": [_value(one) for one in value]}}
    return {"stringValue": str(value)}
