"""What those who watch see: one tenant's last minutes, from the responses, interventions and aggregates."""

import math
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable
from typing import Any

from gateway.windows import ALL, Wanted, Windows
from schemas.codec import Event
from schemas.tries import failed

WINDOW_SECONDS = 300
MOST_REPLIES = 20_000
MOST_INTERVENTIONS = 50
MOST_TENANTS = 1000
STATE_THRESHOLD = 0.5
MOST_ALERTS = 50
# Dimensions of alerts that concern all tenants and name none, nor anything of one.
COMMON = ("provider", "version", "all")
# These are worked out from all replies: once for however many watch.
FROM_REPLIES = ("flow", "latency", "emotions", "providers")
SHARED_SECONDS = 0.5
SECTIONS = ("flow", "latency", "emotions", "providers", "alerts", "interventions", "aggregates")

Alerts = OrderedDict[str, dict[str, Any]]

# at (seconds since the epoch), total ms, provider ms, first token ms, provider, source, state, cost, failed tries
Reply = tuple[float, float, float, float | None, str, str, str, float, tuple[str, ...]]


class TenantFigures:
    """One tenant's figures; `common` are the open alerts that concern all tenants."""

    def __init__(self, common: Alerts | None = None) -> None:
        self.alerts: Alerts = OrderedDict()
        self._common: Alerts = OrderedDict() if common is None else common
        self.replies: deque[Reply] = deque(maxlen=MOST_REPLIES)
        # Each with the broker's time, milliseconds.
        self.interventions: deque[tuple[int, dict[str, Any]]] = deque(maxlen=MOST_INTERVENTIONS)
        self.windows = Windows()
        self.version = 0
        self._shared: dict[str, Any] = {}
        self._shared_at = -math.inf

    def watched(self, now: float, sections: Iterable[str] = SECTIONS, windows: Wanted = ALL) -> dict[str, Any]:
        """The sections asked for; what is worked out from all replies may be `SHARED_SECONDS` old."""
        if not 0 <= now - self._shared_at < SHARED_SECONDS:
            self._shared, self._shared_at = {}, now
        asked = set(sections)
        missing = asked.intersection(FROM_REPLIES) - self._shared.keys()
        self._shared |= self.snapshot(now, missing)
        found = self._shared | self.snapshot(now, asked.difference(FROM_REPLIES), windows)
        return {name: found[name] for name in SECTIONS if name in asked}

    def snapshot(self, now: float, sections: Iterable[str] = SECTIONS, windows: Wanted = ALL) -> dict[str, Any]:
        """The sections asked for. Latencies are milliseconds over the last five minutes, rates a second."""
        while self.replies and self.replies[0][0] < now - WINDOW_SECONDS:
            self.replies.popleft()
        make: dict[str, Callable[[float], Any]] = {
            "flow": self._flow,
            "latency": self._latency,
            "emotions": lambda _: dict(Counter(reply[6] for reply in self.replies).most_common()),
            "providers": self._providers,
            "alerts": lambda _: [*reversed(self.alerts.values()), *reversed(self._common.values())],
            "interventions": lambda _: [shown for _, shown in reversed(self.interventions)],
            "aggregates": lambda _: self.windows.shown(windows),
        }
        return {name: make[name](now) for name in SECTIONS if name in set(sections)}

    def _flow(self, now: float) -> dict[str, Any]:
        last = int(now)
        by_second = Counter(int(reply[0]) for reply in self.replies if reply[0] >= last - 60)
        series = [by_second[second] for second in range(last - 60, last)]
        return {
            "replies_per_s": round(sum(series[-10:]) / 10, 2),
            "series": series,
            "replies": len(self.replies),
            "offline": sum(reply[5] != "PROVIDER" for reply in self.replies),
        }

    def _latency(self, _now: float) -> dict[str, Any]:
        return {
            "total": _quantiles([reply[1] for reply in self.replies]),
            "pipeline": _quantiles([reply[1] - reply[2] for reply in self.replies]),
            "provider": _quantiles([reply[2] for reply in self.replies if reply[5] == "PROVIDER"]),
            "first_token": _quantiles([reply[3] for reply in self.replies if reply[3] is not None]),
        }

    def _providers(self, _now: float) -> list[dict[str, Any]]:
        names = Counter(reply[4] for reply in self.replies)
        failures = Counter(name for reply in self.replies for name in reply[8])
        found = []
        for name in sorted(names | failures, key=lambda each: (-names[each], each)):
            theirs = [reply for reply in self.replies if reply[4] == name]
            found.append(
                {
                    "provider": name,
                    "replies": len(theirs),
                    "share": round(len(theirs) / max(1, len(self.replies)), 4),
                    "failed_calls": failures[name],
                    "provider_ms": _quantiles([reply[2] for reply in theirs]),
                    "first_token_ms": _quantiles([reply[3] for reply in theirs if reply[3] is not None]),
                    "cost_usd": round(sum(reply[7] for reply in theirs), 6),
                }
            )
        return found


class Figures:
    """The figures of the tenants that were used last; `changed(tenant)` is told of each change."""

    def __init__(self, changed: Callable[[str], None]) -> None:
        self._changed = changed
        self._tenants: OrderedDict[str, TenantFigures] = OrderedDict()
        self._common: Alerts = OrderedDict()

    def of(self, tenant: str) -> TenantFigures:
        """One tenant's figures."""
        found = self._tenants.get(tenant)
        if found is None:
            found = self._tenants[tenant] = TenantFigures(self._common)
            if len(self._tenants) > MOST_TENANTS:
                self._tenants.popitem(last=False)
        self._tenants.move_to_end(tenant)
        return found

    def response(self, event: Event, at_ms: int) -> None:
        """Take in a TutorResponse that the broker took at `at_ms` (milliseconds)."""
        emotion = event["emotion"]
        state = "unknown"
        if emotion["states"] and not emotion["cant_tell"]:
            name, probability = max(emotion["states"].items(), key=lambda item: (item[1], item[0]))
            state = name if probability >= STATE_THRESHOLD else "neutral"
        figures = self.of(event["tenant_id"])
        figures.replies.append(
            (
                at_ms / 1000,
                at_ms - event["appended_at"] / 1000,
                event["provider_ms"],
                event["first_token_ms"],
                event["provider"],
                event["source"],
                state,
                event["cost_usd"],
                tuple(tried["provider"] for tried in event["tries"] if failed(tried)),
            )
        )
        self._touch(event["tenant_id"], figures)

    def intervention(self, event: Event, at_ms: int) -> None:
        """Take in an Intervention that the broker took at `at_ms` (milliseconds)."""
        figures = self.of(event["tenant_id"])
        names = ("event_id", "learner_id", "message_id", "sent_at", "kind", "severity", "source", "text")
        figures.interventions.append((at_ms, {name: event[name] for name in names}))
        self._touch(event["tenant_id"], figures)

    def forget(self, tenant: str, learner: str, at_ms: int) -> None:
        """Show no intervention of this learner any more that came up to `at_ms`: all else that is here names nobody."""
        figures = self._tenants.get(tenant)
        if figures is not None:
            left = [each for each in figures.interventions if each[1]["learner_id"] != learner or each[0] > at_ms]
            figures.interventions = deque(left, maxlen=MOST_INTERVENTIONS)
            self._touch(tenant, figures)

    def alert(self, event: Event) -> None:
        """Take in an Alert: it stands until it is cleared. What names several tenants, or a concept or an item of
        nobody knows whom, is nobody's to see."""
        tenant = event["tenant_id"]
        if not tenant and event["dimension"] not in COMMON:
            return
        open_alerts = self.of(tenant).alerts if tenant else self._common
        open_alerts.pop(event["group_id"], None)
        if event["state"] == "raised":
            names = ("group_id", "sent_at", "began_at", "metric", "dimension", "cause", "severity", "text", "query")
            open_alerts[event["group_id"]] = {name: event[name] for name in names}
            while len(open_alerts) > MOST_ALERTS:
                open_alerts.popitem(last=False)
        for name in [tenant] if tenant else list(self._tenants):
            self._touch(name, self._tenants[name])

    def aggregate(self, event: Event) -> None:
        """Take in an Aggregate: the latest window of each dimension that has begun stays, added up over partitions."""
        # A learner's clock may be minutes ahead, and its window would stand in the place of everybody else's.
        if not event["tenant_id"] or event["window_start"] > now_seconds() * 1e6:
            return
        figures = self.of(event["tenant_id"])
        if figures.windows.take(event):
            self._touch(event["tenant_id"], figures)

    def _touch(self, tenant: str, figures: TenantFigures) -> None:
        figures.version += 1
        self._changed(tenant)


def now_seconds() -> float:
    """The time, seconds since the epoch."""
    return time.time()


def _quantiles(values: list[float]) -> dict[str, float] | None:
    if not values:
        return None
    values.sort()
    return {name: round(values[min(len(values) - 1, int(share * len(values)))], 1) for name, share in QUANTILES}


QUANTILES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
