"""`make trace-picture`: sends messages through a gateway and three workers, and draws the last one's way by its spans.

The picture is docs/pictures/trace.svg. Ends with one JSON line: how many spans the message has, how many of them have
their parent among them, which processes took part, and how long it took from the gateway to the row in ClickHouse.
"""

import http.client
import json
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.gateway.process import GatewayProcess
from cli.clickhouse import connected
from cli.stack import environment, settings_for
from cli.trace.picture import svg
from cli.trace.spans import Span, of_message
from cli.workers import Workers
from local.ports import HOST
from local.stack import Stack
from pipeline import admin
from sinks.migrate import migrate

PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "trace.svg"
TEXTS = (
    "What is a fraction?",
    "Why is 1/2 the same as 2/4?",
    "And how do I add 1/2 and 1/3?",
    "I get 2/5 for it. Why is that wrong?",
)
LEARNER = "ada"
PATIENCE_SECONDS = 60.0
# Stored in ClickHouse by the sink, in the order of the pipeline.
STORED = ("masterx.messages", "masterx.enriched", "masterx.scored", "masterx.responses")


def say(gateway: GatewayProcess, text: str) -> str:
    """Post a message; its id."""
    connection = http.client.HTTPConnection(HOST, gateway.port, timeout=PATIENCE_SECONDS)
    headers = {"Authorization": f"Bearer {gateway.token(LEARNER)}", "Content-Type": "application/json"}
    connection.request("POST", "/v1/messages", json.dumps({"text": text}), headers)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return str(answer["message_id"])


def whole(spans: list[Span]) -> bool:
    """Whether the sink has stored all that comes of the message itself."""
    stored = {span.attributes["messaging.destination.name"] for span in spans if span.name.startswith("clickhouse ")}
    return stored.issuperset(STORED)


def followed(path: Path, message_id: str) -> list[Span]:
    """The message's spans, once they are whole. Raises `TimeoutError`."""
    over = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < over:
        spans = of_message(path, message_id) if path.exists() else []
        if whole(spans):
            # What else comes of the reply (profile, windows) is not far behind.
            time.sleep(5)
            return of_message(path, message_id)
        time.sleep(0.5)
    raise TimeoutError(f"the spans of {message_id} did not become whole within {PATIENCE_SECONDS:.0f} s")


def main() -> int:
    """Run it."""
    with tempfile.TemporaryDirectory(prefix="masterx-trace-") as folder:
        path = Path(folder) / "spans.jsonl"
        with Stack(Path(folder) / "stack", broker="kafka") as stack:
            variables = environment(stack, test_provider=True)
            variables |= {"MASTERX_TRACE_TO": str(path), "MASTERX_TRACE_SHARE": "1", "MASTERX_DEADLINE_SECONDS": "120"}
            settings = settings_for(variables)
            admin.create(settings)
            with connected(settings, database=False) as client:
                migrate(client, settings)
            gateway = GatewayProcess(Path(folder) / "gateway", variables)
            with Workers(Path(folder) / "workers", variables):
                gateway.start()
                try:
                    # The first ones pay for what is loaded at first use.
                    for text in TEXTS:
                        message_id = say(gateway, text)
                        spans = followed(path, message_id)
                finally:
                    gateway.stop()
    PICTURE.write_text(svg(spans))
    ids = {span.id for span in spans}
    stored = [span.end for span in spans if span.name.startswith("clickhouse ")]
    figures = {
        "spans": len(spans),
        "with_parent": sum(span.parent in ids for span in spans),
        "processes": sorted({span.service for span in spans}),
        "gateway_to_clickhouse_ms": round((max(stored) - min(span.start for span in spans)) / 1e6, 1),
    }
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
