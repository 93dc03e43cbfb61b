"""Reads one message's spans from a file of OTLP requests, one a line."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli.exits import BAD_INPUT, Failure

MESSAGE = "masterx.message_id"


@dataclass(frozen=True, slots=True)
class Span:
    """One span; times are nanoseconds, UTC. `service` is the process's, `parent` '' for a root."""

    trace: str
    id: str
    parent: str
    service: str
    name: str
    start: int
    end: int
    failed: bool
    attributes: dict[str, Any] = field(default_factory=dict)
    events: tuple[tuple[str, int], ...] = ()


def of_message(path: Path, message_id: str) -> list[Span]:
    """The spans of the message's trace, parents before their children and otherwise by their start.

    Raises `Failure` for a line that is no OTLP request, and `OSError`.
    """
    spans = list(_spans(path))
    traces = {span.trace for span in spans if span.attributes.get(MESSAGE) == message_id}
    return list(_in_order([span for span in spans if span.trace in traces]))


def _spans(path: Path) -> Iterator[Span]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield from _read(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise Failure(BAD_INPUT, f"{path}:{number} is no OTLP request in JSON: {error}") from error


def _read(request: dict[str, Any]) -> Iterator[Span]:
    for resource in request["resourceSpans"]:
        service = _values(resource["resource"]["attributes"]).get("service.name", "")
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                yield Span(
                    span["traceId"],
                    span["spanId"],
                    span.get("parentSpanId", ""),
                    service,
                    span["name"],
                    int(span["startTimeUnixNano"]),
                    int(span["endTimeUnixNano"]),
                    span.get("status", {}).get("code") == 2,
                    _values(span.get("attributes", ())),
                    tuple((event["name"], int(event["timeUnixNano"])) for event in span.get("events", ())),
                )


def _values(attributes: Iterable[dict[str, Any]]) -> dict[str, Any]:
    found = {}
    for attribute in attributes:
        ((kind, value),) = attribute["value"].items()
        found[attribute["key"]] = int(value) if kind == "intValue" else value
    return found


def _in_order(spans: list[Span]) -> Iterator[Span]:
    known = {span.id for span in spans}
    children: dict[str, list[Span]] = {}
    for span in sorted(spans, key=lambda span: (span.start, span.end, span.id)):
        # One whose parent was not written (its process died, or an app made it) is a root here.
        children.setdefault(span.parent if span.parent in known else "", []).append(span)
    waiting = children.pop("", [])[::-1]
    while waiting:
        span = waiting.pop()
        yield span
        waiting.extend(children.pop(span.id, [])[::-1])


def depths(spans: Iterable[Span]) -> dict[str, int]:
    """How many spans lie between each one and its root; parents come before their children."""
    found: dict[str, int] = {}
    for span in spans:
        found[span.id] = found.get(span.parent, -1) + 1
    return found
