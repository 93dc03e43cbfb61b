"""What was found, and the Alert event that says so."""

from dataclasses import dataclass
from typing import Any, Self

from agents.analytics.anomalies.cause import Cause
from agents.analytics.anomalies.query import query
from agents.analytics.anomalies.shares import LATENCY
from schemas.codec import Event
from schemas.ids import derived

MINUTE = 60_000_000
URGENT_RATIO = 5.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, as an alert says it: since the minute `began`, `cases` with the level `observed` where `expected`
    was usual. Levels are shares, or milliseconds. `group` is the id that its alerts have in common; `tenant` whose
    concept or item it is, "" for what concerns the whole system."""

    group: str
    metric: str
    cause: Cause
    began: int
    observed: float
    expected: float
    cases: float
    tenant: str = ""

    def row(self) -> list[Any]:
        """The finding as JSON holds it."""
        cause = self.cause
        return [
            self.group,
            self.metric,
            [cause.dimension, cause.values, cause.contribution, cause.surprise],
            self.began,
            self.observed,
            self.expected,
            self.cases,
            self.tenant,
        ]

    @classmethod
    def of(cls, row: list[Any]) -> Self:
        """The finding that `row` gave."""
        group, metric, (dimension, values, contribution, surprise), *rest = row
        return cls(group, metric, Cause(dimension, tuple(values), contribution, surprise), *rest)


def alert(found: Finding, state: str, minute: int, series: tuple[str, ...]) -> Event:
    """The Alert that `found` is `raised` or `cleared` in `minute` (microseconds); `series`: what showed it."""
    cause, metric, observed, expected = found.cause, found.metric, found.observed, found.expected
    tenant = found.tenant or (cause.values[0] if cause.dimension == "tenant" and len(cause.values) == 1 else "")
    ratio = observed / expected if expected > 0.0 else 0.0
    about = f"{cause.dimension} {', '.join(cause.values)}" if cause.values else "no one dimension"
    figures = (
        f"{observed:.0f} ms, usually {expected:.0f}" if metric == LATENCY else f"{observed:.1%}, usually {expected:.1%}"
    )
    return {
        "event_id": derived(found.group, "anomalies", state),
        "group_id": found.group,
        "tenant_id": tenant,
        "sent_at": minute + MINUTE,
        "state": state,
        "metric": metric,
        "dimension": cause.dimension,
        "cause": list(cause.values),
        "severity": "urgent" if ratio >= URGENT_RATIO else "attention",
        "text": f"{metric.replace('_', ' ')} {'risen' if state == 'raised' else 'back'}: {about} ({figures})",
        "began_at": found.began,
        "observed": observed,
        "expected": expected,
        "cases": int(found.cases),
        "contribution": cause.contribution,
        "surprise": cause.surprise,
        "series": sorted(series),
        "query": query(metric, cause.dimension, cause.values, found.began, minute, found.tenant),
    }
