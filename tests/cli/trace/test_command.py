import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from cli import exits
from tests.cli.conftest import Masterx

MESSAGE = "6f2d0c1e-0000-4000-8000-000000000001"


def span(own: str, parent: str, name: str, start: int, end: int, **attributes: str) -> dict[str, Any]:
    told = {"masterx.message_id": MESSAGE, **attributes}
    return {
        "traceId": "aa",
        "spanId": own,
        "parentSpanId": parent,
        "name": name,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(end),
        "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in told.items()],
    }


def request(service: str, *spans: dict[str, Any]) -> str:
    named = [{"key": "service.name", "value": {"stringValue": service}}]
    return json.dumps({"resourceSpans": [{"resource": {"attributes": named}, "scopeSpans": [{"spans": spans}]}]})


@pytest.fixture
def spans(tmp_path: Path) -> Path:
    path = tmp_path / "spans.jsonl"
    other = {**span("9", "", "send other", 0, 1), "traceId": "bb", "attributes": []}
    lines = [
        request("masterx-core", span("2", "1", "context process", 3_000_000, 5_000_000), other),
        request("masterx-routing", span("3", "2", "routing process", 6_000_000, 9_000_000)),
        request("masterx-gateway", span("1", "", "send masterx.messages", 1_000_000, 2_000_000)),
        request("masterx-sinks", span("4", "1", "clickhouse process", 4_000_000, 11_000_000)),
    ]
    path.write_text("\n".join(lines))
    return path


def test_each_span_stands_under_what_caused_it(masterx: Masterx, spans: Path) -> None:
    done = masterx("trace", MESSAGE, "--spans", str(spans), "--json")
    assert done.code == exits.OK
    assert [json.loads(line)["id"] for line in done.out.splitlines()] == ["1", "2", "3", "4"]


def test_the_picture_has_a_bar_for_each_span_at_its_time(masterx: Masterx, spans: Path, tmp_path: Path) -> None:
    drawn = tmp_path / "trace.svg"
    done = masterx("trace", MESSAGE, "--picture", str(drawn), MASTERX_TRACE_TO=str(spans))
    assert done.code == exits.OK
    name = "{http://www.w3.org/2000/svg}"
    root = ElementTree.parse(drawn).getroot()
    bars = [bar for bar in root.iter(f"{name}rect") if bar.find(f"{name}title") is not None]
    assert len(bars) == 4
    begins = [float(bar.attrib["x"]) for bar in bars]
    widths = [float(bar.attrib["width"]) for bar in bars]
    assert begins == sorted(begins[:3]) + begins[3:]
    assert widths[3] == pytest.approx(7 * widths[0], rel=0.01)


def test_a_message_without_spans_is_66_and_a_file_that_holds_none_65(masterx: Masterx, spans: Path) -> None:
    assert masterx("trace", "nobody", "--spans", str(spans)).code == exits.NO_INPUT
    assert masterx("trace", MESSAGE, "--spans", "nowhere").code == exits.NO_INPUT
    spans.write_text("{}\n")
    done = masterx("trace", MESSAGE, "--spans", str(spans))
    assert done.code == exits.BAD_INPUT
    assert "spans.jsonl:1" in done.error


def test_without_a_file_it_says_how_to_name_one(masterx: Masterx) -> None:
    done = masterx("trace", MESSAGE, MASTERX_TRACE_TO="http://127.0.0.1:4318/v1/traces")
    assert done.code == exits.USAGE
    assert "--spans" in done.error
