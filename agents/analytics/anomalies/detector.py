"""Final one-minute Aggregates in, alerts out: minutes are put together over partitions, judged, and grouped by cause.

A minute is judged when every source partition that still says something has gone past it; what comes for it later is
left out and counted. Nothing here looks at a clock, so the same windows in the same order give the same alerts. The
state is bounded: `MAX_SERIES` charts (of the tenant with most of them, the one silent longest leaves), `WAITING` bytes
of what is not judged yet, `RECENT` minutes of excess, as many incidents as `may_open` lets each
tenant have.
"""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import exp, sqrt
from typing import Any, Self

import orjson

from agents.analytics.anomalies.alerts import MINUTE, Finding, alert
from agents.analytics.anomalies.cause import EVERYWHERE, Cause, divergence, explain
from agents.analytics.anomalies.chart import CALM, Chart
from agents.analytics.anomalies.room import crowded_out, may_open, size
from agents.analytics.anomalies.shares import LATENCY, WRONG, shares
from schemas.codec import Event
from schemas.ids import derived

IDLE = 5 * MINUTE
"""A source partition so far behind the newest holds no minute open."""
LEVEL_MINUTES, MOST_FACTOR = 10, 3.0
ITS_OWN = 0.3
"""Least share of the excess over all concepts that is a concept's own doing."""
LEAST_CASES = 20.0
"""Attempts on a concept since it began to rise, of the last `RECENT` minutes: fewer may be a few learners' trouble."""
LEVEL_WEIGHT = 5.0
"""Wrong answers on other concepts that count as usual before there were any."""
SLACK = MINUTE
"""A partition closes the windows of one tenant a little after those of another."""
RECENT = 15
MAX_SERIES, MAX_NAMES = 600, 100_000
"""Charts, and the bytes of their names."""
WAITING, WAITING_OF_ONE = 600_000, 200_000
"""Bytes of what waits to be judged, of all tenants and of one; concepts that find no more room are left out."""
ROW_BYTES = 60
"""Of a waiting series, beside its names."""
CALM_MINUTES = 3
VERSION = 2
"""Of what is stored. In 1 series had no tenant, and nothing was compressed."""
COMPRESSION = 1
"""zlib's level: higher ones take longer and hardly gain."""

Key = tuple[str, str, str, str]
"""Metric, dimension, value, and the tenant whose it is alone ("" for the whole system's)."""


@dataclass(slots=True)
class Incident:
    """What is wrong now. `found` has latencies as logs; `members` are the series whose alarms belong to it; `calm`
    counts minutes without any."""

    found: Finding
    raised_at: int
    members: list[Key]
    calm: int = 0


@dataclass(slots=True)
class Detector:
    """The charts of all series and the incidents that are open."""

    charts: dict[Key, Chart] = field(default_factory=dict)
    waiting: dict[int, dict[Key, list[float]]] = field(default_factory=dict)
    sources: dict[int, int] = field(default_factory=dict)
    judged: int = 0
    late: int = 0
    recent: list[tuple[int, dict[Key, list[float]]]] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    offset: int = -1
    _waiting: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        for minute in self.waiting.values():
            self._weigh(minute)

    def observe(self, window: Event, offset: int) -> list[Event]:
        """Take in a final window that stood at `offset`; the Alert events that came of it."""
        if offset <= self.offset:
            return []
        self.offset = offset
        start = window["window_start"]
        for share in shares(window):
            if start <= self.judged:
                self.late += 1
                break
            minute = self.waiting.setdefault(start, {})
            for dimension, value in share.values:
                key = (share.metric, dimension, value, share.tenant)
                sums = minute.get(key)
                if sums is None:
                    if share.tenant and not self._room(share.tenant):
                        continue
                    sums = minute[key] = [0.0, 0.0, 0.0]
                    self._weigh((key,))
                sums[0] += share.n
                sums[1] += share.total
                sums[2] += share.squares
        source = window["source_partition"]
        self.sources[source] = max(start, self.sources.get(source, start))
        newest = max(self.sources.values())
        through = min(last for last in self.sources.values() if newest - last <= IDLE)
        alerts: list[Event] = []
        for minute_start in sorted(one for one in self.waiting if one < through - SLACK):
            minute = self.waiting.pop(minute_start)
            self._weigh(minute, -1)
            alerts += self._judge(minute_start, minute)
            self.judged = minute_start
        return alerts

    def _weigh(self, keys: Iterable[Key], sign: int = 1) -> None:
        for key in keys:
            weighs = self._waiting.pop(key[3], 0) + sign * (size(key) + ROW_BYTES)
            if weighs:
                self._waiting[key[3]] = weighs

    def _room(self, tenant: str) -> bool:
        return sum(self._waiting.values()) < WAITING and self._waiting.get(tenant, 0) < WAITING_OF_ONE

    def _judge(self, minute: int, sums: dict[Key, list[float]]) -> list[Event]:
        excess: dict[Key, list[float]] = {}
        risen: list[Key] = []
        others = self._others(sums)
        for key in sorted(sums):
            n, total, squares = sums[key]
            chart = self.charts.get(key)
            if chart is None:
                chart = self.charts[key] = Chart(key[0] == LATENCY)
            factor = others.get(key, 1.0)
            if chart.warm:
                expected = n * chart.level * factor
                excess[key] = [
                    n,
                    total - expected,
                    total,
                    expected,
                    n * chart.variance * chart.dispersion,
                    n * chart.level,
                ]
            if chart.add(minute, n, total, squares, factor):
                risen.append(key)
        self._forget()
        self.recent = [*self.recent[-(RECENT - 1) :], (minute, excess)]
        risen += [
            key for key in sorted(excess) if key not in risen and self._is_enough_now(key, minute, excess[key][0])
        ]
        alerts = [one for key in risen for one in self._raise(key, minute)]
        return alerts + self._clear(minute)

    def _is_enough_now(self, key: Key, minute: int, n: float) -> bool:
        """Whether a raised concept, of which too little was known until this minute with its `n` attempts, has come to
        `LEAST_CASES`."""
        chart = self.charts.get(key)
        if key[0] != WRONG or chart is None or not chart.raised:
            return False
        if any(key in incident.members for incident in self.incidents):
            return False
        cases = self._excess(WRONG, key[3], self._began(key, minute))[key[1], key[2]][0]
        return cases - n < LEAST_CASES <= cases

    def _began(self, key: Key, minute: int) -> int:
        return max(self.charts[key].since, minute - (RECENT - 1) * MINUTE)

    def _others(self, sums: dict[Key, list[float]]) -> dict[Key, float]:
        """By how much more is wrong now than usual on all concepts of a tenant but one: learners who begin something
        get more wrong, and that is nobody's fault. For each concept of the last minutes."""
        came: dict[Key, list[float]] = {}
        for _, excess in self.recent[-LEVEL_MINUTES:]:
            for key, one in excess.items():
                if key[0] == WRONG:
                    both = came.setdefault(key, [0.0, 0.0])
                    both[0] += one[2]
                    both[1] += one[5]
        for key, (n, total, _) in sums.items():
            chart = self.charts.get(key)
            if key[0] == WRONG and chart is not None and chart.warm:
                both = came.setdefault(key, [0.0, 0.0])
                both[0] += total
                both[1] += n * chart.level
        whole: dict[str, list[float]] = {}
        for key, both in came.items():
            of_tenant = whole.setdefault(key[3], [0.0, 0.0])
            of_tenant[0] += both[0]
            of_tenant[1] += both[1]
        factors = {}
        for key, both in came.items():
            total, usual = whole[key[3]]
            factor = (total - both[0] + LEVEL_WEIGHT) / (usual - both[1] + LEVEL_WEIGHT)
            # Fewer wrong answers elsewhere excuse nothing here, but they accuse nobody either.
            factors[key] = min(max(factor, 1.0), MOST_FACTOR)
        return factors

    def _forget(self) -> None:
        last = {key: chart.last for key, chart in self.charts.items()}
        members = {key for incident in self.incidents for key in incident.members}
        for key in crowded_out(last, lambda key: key[3], MAX_SERIES, MAX_NAMES, members):
            del self.charts[key]

    def _raise(self, key: Key, minute: int) -> list[Event]:
        metric, dimension, value, tenant = key
        same = [one for one in self.incidents if (one.found.metric, one.found.tenant) == (metric, tenant)]
        # What is known explains whatever rises in another dimension; another value of the same one is news.
        for incident in same:
            known = incident.found.cause
            if known.dimension != dimension or value in known.values:
                if key not in incident.members:
                    incident.members.append(key)
                return []
        began = self._began(key, minute)
        sums = self._excess(metric, tenant, began)
        cause = self._own(key, sums) if metric == WRONG else self._explained(key, sums, same)
        if cause is None:
            return []
        if not may_open((one.found.tenant for one in self.incidents), tenant):
            return []
        about = [sums[cause.dimension, value] for value in cause.values] or [sums[dimension, value]]
        cases = sum(one[0] for one in about)
        owner = (tenant,) if tenant else ()
        found = Finding(
            derived("/".join((metric, cause.dimension, *owner, *cause.values, str(began))), "anomalies"),
            metric,
            cause,
            began,
            observed=sum(one[2] for one in about) / cases,
            expected=sum(one[3] for one in about) / cases,
            cases=cases,
            tenant=tenant,
        )
        incident = Incident(found, minute, [key])
        self.incidents.append(incident)
        return [self._alert(incident, "raised", minute)]

    def _own(self, key: Key, sums: dict[tuple[str, str], list[float]]) -> Cause | None:
        """The concept that has risen, as its own cause; None where most of what is wrong is so on others, or where too
        few have tried it."""
        # Less a standard deviation: many values that are a little up by chance would hide the one that is up.
        over = {name: max(one[1] - sqrt(one[4]), 0.0) for name, one in sums.items()}
        share = over.get((key[1], key[2]), 0.0) / max(sum(over.values()), 1e-9)
        if share <= ITS_OWN or sums[key[1], key[2]][0] < LEAST_CASES:
            return None
        cases = sum(one[0] for one in sums.values())
        return Cause(key[1], (key[2],), share, divergence(sums[key[1], key[2]][0] / cases, share))

    def _explained(self, key: Key, sums: dict[tuple[str, str], list[float]], same: list[Incident]) -> Cause:
        known = {(one.found.cause.dimension, value) for one in same for value in one.found.cause.values}
        cause = explain({name: (one[0], one[1] - sqrt(one[4])) for name, one in sums.items()}, known)
        if cause.dimension == EVERYWHERE and len([one for one in sums if one[0] == key[1]]) == 1:
            # Nothing to compare with: what has risen is all that is known.
            return Cause(key[1], (key[2],), 1.0, 0.0)
        return cause

    def _excess(self, metric: str, tenant: str, began: int) -> dict[tuple[str, str], list[float]]:
        """(dimension, value) of the tenant's → cases, excess, what came, what was expected, its variance and what is
        usual: all since `began`."""
        found: dict[tuple[str, str], list[float]] = {}
        for minute, excess in self.recent:
            if minute < began:
                continue
            for (name, dimension, value, owner), one in excess.items():
                if (name, owner) == (metric, tenant):
                    sums = found.setdefault((dimension, value), [0.0] * 6)
                    for place, figure in enumerate(one):
                        sums[place] += figure
        return found

    def _clear(self, minute: int) -> list[Event]:
        alerts = []
        for incident in list(self.incidents):
            charts = [self.charts[key] for key in incident.members if key in self.charts]
            calm = all(not chart.raised and chart.sum < CALM for chart in charts)
            incident.calm = incident.calm + 1 if calm else 0
            if incident.calm >= CALM_MINUTES:
                self.incidents.remove(incident)
                alerts.append(self._alert(incident, "cleared", minute))
        return alerts

    def _alert(self, incident: Incident, state: str, minute: int) -> Event:
        found = incident.found
        if found.metric == LATENCY:
            found = replace(found, observed=exp(found.observed), expected=exp(found.expected))
        series = {f"{dimension}/{value}" for _, dimension, value, _ in incident.members}
        return alert(found, state, minute, tuple(series))

    def dumps(self) -> bytes:
        """The detector as bytes."""
        # Names are stored once, and stand in each minute as their places.
        places: dict[Key, int] = {}

        def rows(sums: dict[Key, list[float]]) -> list[Any]:
            return [[places.setdefault(key, len(places)), values] for key, values in sums.items()]

        held = [
            [[places.setdefault(key, len(places)), chart.row()] for key, chart in self.charts.items()],
            [[minute, rows(sums)] for minute, sums in sorted(self.waiting.items())],
            sorted(self.sources.items()),
            self.judged,
            self.late,
            [[minute, rows(excess)] for minute, excess in self.recent],
            [_incident_row(one) for one in self.incidents],
            self.offset,
        ]
        return zlib.compress(orjson.dumps([VERSION, list(places), *held]), COMPRESSION)

    @classmethod
    def loads(cls, value: bytes | None) -> Self:
        """The detector in `value`; a new one for none. Of what was stored without tenants it goes on with the whole
        system's series: concepts of several tenants were one there, and begin anew."""
        if not value:
            return cls()
        older = value.startswith(b"[")
        held = _without_concepts(orjson.loads(value)) if older else orjson.loads(zlib.decompress(value))
        _, names, charts, waiting, sources, judged, late, recent, incidents, offset = held
        keys: list[Key] = [tuple(name) for name in names]

        def sums(rows: list[Any]) -> dict[Key, list[float]]:
            return {keys[place]: values for place, values in rows}

        return cls(
            {keys[place]: Chart.of(row) for place, row in charts},
            {minute: sums(rows) for minute, rows in waiting},
            dict(sources),
            judged,
            late,
            [(minute, sums(rows)) for minute, rows in recent],
            [_incident(row) for row in incidents],
            offset,
        )


def _incident_row(one: Incident) -> list[Any]:
    return [one.found.row(), one.raised_at, one.members, one.calm]


def _incident(row: list[Any]) -> Incident:
    found, raised_at, members, calm = row
    return Incident(Finding.of(found), raised_at, [tuple(key) for key in members], calm)


def _without_concepts(held: list[Any]) -> list[Any]:
    """What version 1 stored, as this version does."""
    charts, waiting, sources, judged, late, recent, incidents, offset = held
    places: dict[Key, int] = {}

    def common(rows: list[Any]) -> list[Any]:
        return [
            [places.setdefault((metric, dimension, value, ""), len(places)), row]
            for metric, dimension, value, row in rows
            if metric != WRONG
        ]

    moved = [
        common(charts),
        [[minute, common(rows)] for minute, rows in waiting],
        sources,
        judged,
        late,
        [[minute, common(rows)] for minute, rows in recent],
        [
            [[*row[:4], *row[7:]], row[4], [[*key, ""] for key in row[5]], row[6]]
            for row in incidents
            if row[1] != WRONG
        ],
        offset,
    ]
    return [VERSION, list(places), *moved]
