"""Rate and latency of each stage, from the broker's timestamps of what goes in and what comes out."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import TypeVar

from cli.demo.seen.recent import Recent
from cli.demo.seen.record import Seen
from schemas.topics import AGGREGATES, ATTEMPTS, ENRICHED, MESSAGES, PROFILES, RESPONSES, SCORED

RATE_SECONDS = 10.0
LATENCY_SECONDS = 30.0
KEPT = 20_000

# A stage is named by what it makes.
STAGES = {
    ENRICHED.name: "context",
    SCORED.name: "emotion",
    RESPONSES.name: "routing",
    PROFILES.name: "profile",
    AGGREGATES.name: "analytics",
}
# By which of its ids a record is named as a cause, and which causes a stage's record may have.
NAMED_BY = {
    MESSAGES.name: "message_id",
    ENRICHED.name: "message_id",
    SCORED.name: "message_id",
    RESPONSES.name: "event_id",
    ATTEMPTS.name: "event_id",
}
CAUSE = {
    ENRICHED.name: ("message_id", (MESSAGES.name,)),
    SCORED.name: ("message_id", (ENRICHED.name,)),
    RESPONSES.name: ("message_id", (SCORED.name,)),
    PROFILES.name: ("caused_by", (RESPONSES.name, ATTEMPTS.name)),
}

Place = tuple[str, str]
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Figures:
    """Records a second over the last seconds; latencies in milliseconds, None where nothing is measured."""

    rate: float
    p50_ms: float | None
    p99_ms: float | None


class Flow:
    """Takes records in any order; one whose cause is never seen has no latency."""

    def __init__(self) -> None:
        self._rates = {name: Recent(RATE_SECONDS) for name in (*STAGES, MESSAGES.name, ATTEMPTS.name)}
        self._latencies = {name: Recent(LATENCY_SECONDS) for name in CAUSE}
        self._appended: OrderedDict[Place, int] = OrderedDict()
        # Topics are read side by side: a record can be seen before its cause.
        self._early: OrderedDict[Place, Seen] = OrderedDict()

    def note(self, seen: Seen) -> None:
        """Count a record, and measure what it took."""
        if seen.topic not in self._rates:
            return
        self._rates[seen.topic].note(seen.at)
        if seen.topic in NAMED_BY:
            self._begin((seen.topic, str(seen.event[NAMED_BY[seen.topic]])), seen.appended_ms)
        if seen.topic in CAUSE:
            field, topics = CAUSE[seen.topic]
            places = [(topic, str(seen.event[field])) for topic in topics]
            known = next((place for place in places if place in self._appended), None)
            if known is not None:
                self._measure(seen, self._appended[known])
            else:
                for place in places:
                    _put(self._early, place, seen)

    def figures(self, topic: str, now: float) -> Figures:
        """Those of a stage, by the topic that it makes, or of an input topic (a rate only)."""
        latency = self._latencies.get(topic)
        return Figures(
            self._rates[topic].rate(now),
            latency.percentile(now, 0.5) if latency else None,
            latency.percentile(now, 0.99) if latency else None,
        )

    def _begin(self, place: Place, appended_ms: int) -> None:
        _put(self._appended, place, appended_ms)
        early = self._early.pop(place, None)
        if early is not None:
            self._measure(early, appended_ms)

    def _measure(self, seen: Seen, begun_ms: int) -> None:
        own = float(seen.event["provider_ms"]) if seen.topic == RESPONSES.name else 0.0
        self._latencies[seen.topic].note(seen.at, max(seen.appended_ms - begun_ms - own, 0.0))


def _put(kept: "OrderedDict[Place, V]", place: Place, value: V) -> None:
    kept[place] = value
    if len(kept) > KEPT:
        kept.popitem(last=False)
