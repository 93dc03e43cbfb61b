"""Sends messages and takes the time of each answer."""

import threading
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field

from benchmarks.whole_way.visible import Visible
from cli.observe.receipts import Receipt, Receipts
from cli.replay.pace import Speed
from cli.replay.recorded import Recorded
from cli.replay.send import send
from cli.verify import percentile
from config.settings import Settings
from schemas.codec import Event, decode
from schemas.topics import RESPONSES

PATIENCE_SECONDS = 60.0


@dataclass
class Passed:
    """What came of a flow. Latencies are milliseconds, the provider's own time left out."""

    sent: list[Event]
    responses: list[Event] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    visible: list[float] = field(default_factory=list)
    rate: float = 0.0

    @property
    def by_provider(self) -> int:
        """Answers that a provider gave."""
        return sum(response["source"] == "PROVIDER" for response in self.responses)

    def percentile(self, share: float) -> float | None:
        """Of the latency from the broker's append to a consumer's receipt, less the provider's time."""
        return percentile(self.latencies, share)

    def visible_percentile(self, share: float) -> float | None:
        """Of the time from a response's receipt by a consumer until its row is seen in ClickHouse."""
        return percentile(self.visible, share)


def flow(
    settings: Settings, events: Sequence[Recorded], rate: float | None, *, waiting: int, watch_rows: bool = False
) -> Passed:
    """Send `events`, `rate` a second (None: as fast as can be), never more than `waiting` without an answer.

    With `watch_rows`, ClickHouse is asked all the while which rows it has, which has its own price.
    """
    passed = Passed([recorded.event for recorded in events])
    tenant = passed.sent[0]["tenant_id"]
    received: dict[str, Receipt] = {}
    answers: dict[str, Event] = {}
    over = threading.Event()

    def room(number: int) -> bool:
        return over.is_set() or number - len(answers) < waiting

    with (
        Receipts(settings, [tenant], from_start=False) as receipts,
        Visible(settings, tenant) if watch_rows else nullcontext() as visible,
    ):
        sending = threading.Thread(
            target=send, args=(settings, events, Speed(rate=rate), {}), kwargs={"room": room}, daemon=True
        )
        sending.start()
        moved = time.monotonic()
        while len(answers) < len(events) and time.monotonic() - moved < PATIENCE_SECONDS:
            for receipt in receipts.take():
                event = decode(RESPONSES.event, receipt.value)
                if answers.setdefault(event["message_id"], event) is event:
                    received[event["message_id"]] = receipt
                    moved = time.monotonic()
            time.sleep(0.005)
        over.set()
        sending.join()
        deadline = time.monotonic() + 10
        while visible is not None and len(visible.first_seen) < len(answers) and time.monotonic() < deadline:
            time.sleep(0.05)
    passed.responses = list(answers.values())
    for message_id, event in answers.items():
        at = received[message_id].received_at
        passed.latencies.append((at - event["appended_at"]) / 1000 - event["provider_ms"])
        if visible is not None and message_id in visible.first_seen:
            passed.visible.append(visible.first_seen[message_id] * 1000 - at / 1000)
    if answers:
        first = min(event["appended_at"] for event in answers.values())
        last = max(receipt.received_at for receipt in received.values())
        passed.rate = len(answers) / max((last - first) / 1_000_000, 1e-6)
    return passed
