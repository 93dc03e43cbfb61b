"""Items that are graded wrong whatever is answered: each one's attempts against what the profile expected of them.

An item has too few attempts for a chart of minutes. But the profile knows who tried: a wrong answer of a learner who
was expected to be right says much, and eight of them in a row, from four learners, more than chance does. The chart is
a CUSUM (Page, Continuous inspection schemes, Biometrika 1954) of the likelihood ratio between `BROKEN` and the
expectation, put right by the item's own past: an item that was always harder than expected is not broken.

Windows are judged as they come: nothing looks at a clock, so the same ones in the same order give the same alerts. The
state is bounded: `MOST` items (of the tenant with most of them, the one silent longest leaves) and as many alarms
as `may_open` lets each tenant have.
"""

from dataclasses import astuple, dataclass, field
from math import log
from typing import Any, Self

import orjson

from agents.analytics import distinct
from agents.analytics.anomalies.alerts import Finding, alert
from agents.analytics.anomalies.cause import Cause
from agents.analytics.anomalies.room import crowded_out, may_open, size
from agents.analytics.anomalies.shares import WINDOW_S, WRONG_ON_ITEM
from agents.analytics.measures import ITEM, OTHERS
from schemas.codec import Event
from schemas.ids import derived

BROKEN = 0.97
"""Share of wrong answers on an item whose grading is broken: not all, for a grader may fail on most answers only."""
CLEARLY_ABOVE = 0.08
"""A very hard item has to come out worse than expected by this much."""
THRESHOLD = 10.0
"""Log-likelihood ratio that raises an alarm."""
MOST_SUM = 1.5 * THRESHOLD
LEAST_LEARNERS = 4
"""One learner who fails at an item again and again is that learner's trouble."""
MOST_LEARNERS = 2 * LEAST_LEARNERS
WARM_ATTEMPTS = 40.0
MEMORY_ATTEMPTS = 1_000.0
PRIOR = 10.0
"""Attempts, as many wrong as expected, that count before any were seen."""
LEAST_SHARE = 0.03
HOPELESS = 0.89
"""Where so many are wrong anyway, nobody can tell."""
MOST_AN_ATTEMPT = 3.0
FROZEN_ATTEMPTS = 400.0
"""An alarm that has lasted for so many attempts: the item is simply a hard one."""
MOST, MOST_NAMES = 2_000, 200_000
"""Items, and the bytes of their names. Above that, a twentieth leaves at once."""
VERSION = 2
"""Of what is stored. In 1 items had no tenant."""

Name = tuple[str, str]
"""Tenant and item: of two tenants, items with one id are two."""


@dataclass(slots=True)
class Item:
    """`attempts`, `wrong` and `expected` (wrong answers) are the item's past; `sum` is the chart's statistic, and the
    figures `since_…` hold what came since it was last 0, `who` the sketch of a few learners who were wrong in it."""

    attempts: float = 0.0
    wrong: float = 0.0
    expected: float = 0.0
    sum: float = 0.0
    since: int = 0
    since_attempts: float = 0.0
    since_wrong: float = 0.0
    since_expected: float = 0.0
    raised: bool = False
    last: int = 0
    who: bytes = b""

    def add(self, minute: int, attempts: float, wrong: float, expected: float, who: distinct.Registers) -> bool:
        """Take a minute's attempts in; True if that has raised the alarm or ended it."""
        self.last = max(self.last, minute)
        was = self.raised
        if self.attempts < WARM_ATTEMPTS:
            self._learn(attempts, wrong, expected)
            return False
        gain = self._gain(attempts, wrong, expected)
        if self.sum <= 0.0:
            self.since = minute
        self.sum = min(self.sum + gain, MOST_SUM)
        self.since_attempts += attempts
        self.since_wrong += wrong
        self.since_expected += expected
        if wrong:
            # Whether they are enough is all that is asked: a whole sketch of each item would be too much to store.
            learners = sorted(distinct.merged([self._learners(), who]).items())
            self.who = distinct.dumps(dict(learners[:MOST_LEARNERS]))
        if self.sum <= 0.0 or self.since_attempts >= FROZEN_ATTEMPTS:
            self._settle()
        elif self.sum >= THRESHOLD and distinct.estimate(self._learners()) >= LEAST_LEARNERS:
            self.raised = True
        return self.raised != was

    def _gain(self, attempts: float, wrong: float, expected: float) -> float:
        usual = self.usual(expected / attempts)
        if usual >= HOPELESS:
            return -self.sum
        broken = max(BROKEN, usual + CLEARLY_ABOVE)
        if_wrong, if_right = log(broken / usual), log((1.0 - broken) / (1.0 - usual))
        return wrong * min(if_wrong, MOST_AN_ATTEMPT) + (attempts - wrong) * max(if_right, -MOST_AN_ATTEMPT)

    def _settle(self) -> None:
        """Back at 0: what came meanwhile was chance, and is the item's past; what an alarm was raised for is not,
        unless it has lasted so long that the item is simply a hard one."""
        if not self.raised:
            self._learn(self.since_attempts, self.since_wrong, self.since_expected)
        elif self.sum > 0.0:
            self.attempts, self.wrong, self.expected = self.since_attempts, self.since_wrong, self.since_expected
        self.sum = self.since_attempts = self.since_wrong = self.since_expected = 0.0
        self.raised = False
        self.who = b""

    def usual(self, expected: float) -> float:
        """What share of wrong answers is usual where the profile says `expected`: its odds, times by how much the odds
        of the item's past were above what was expected then."""
        mean = _share((self.expected + PRIOR / 2.0) / (self.attempts + PRIOR))
        came = _share((self.wrong + PRIOR * mean) / (self.attempts + PRIOR))
        odds = _odds(_share(expected)) * _odds(came) / _odds(mean)
        return max(odds / (1.0 + odds), LEAST_SHARE)

    def _learners(self) -> distinct.Registers:
        return distinct.loads(self.who) if self.who else {}

    def _learn(self, attempts: float, wrong: float, expected: float) -> None:
        if self.attempts > MEMORY_ATTEMPTS:
            self.attempts, self.wrong, self.expected = self.attempts / 2.0, self.wrong / 2.0, self.expected / 2.0
        self.attempts += attempts
        self.wrong += wrong
        self.expected += expected


@dataclass(slots=True)
class ItemWatch:
    """The charts of all items. `offset`: the last window that was taken in."""

    items: dict[Name, Item] = field(default_factory=dict)
    findings: dict[Name, Finding] = field(default_factory=dict)
    offset: int = -1
    _names: int = field(default=0, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._names = sum(map(size, self.items))

    def observe(self, window: Event, offset: int) -> list[Event]:
        """Take in a final one-minute window that stood at `offset`; the Alert events that came of it."""
        if offset <= self.offset:
            return []
        self.offset = offset
        counts = window["counts"]
        if window["kind"] != ITEM or window["window_s"] != WINDOW_S or not counts.get("attempts"):
            return []
        if window["dimension"] == OTHERS:
            return []
        name, minute = (window["tenant_id"], window["dimension"]), window["window_start"]
        item = self.items.get(name)
        if item is None:
            item = self.items[name] = Item(last=minute)
            self._names += size(name)
            self._make_room()
        attempts, wrong = float(counts["attempts"]), float(counts["attempts"] - counts.get("correct", 0))
        who = window["sketches"].get("learners_wrong")
        turned = item.add(
            minute, attempts, wrong, window["sums"].get("expected_wrong", 0.0), distinct.loads(who) if who else {}
        )
        if not turned:
            return []
        return self._raise(name, item, minute) if item.raised else self._clear(name, minute)

    def _raise(self, name: Name, item: Item, minute: int) -> list[Event]:
        tenant, item_id = name
        if not may_open((other for other, _ in self.findings), tenant):
            return []
        found = self.findings[name] = Finding(
            derived("/".join((WRONG_ON_ITEM, ITEM, *name, str(item.since))), "anomalies"),
            WRONG_ON_ITEM,
            Cause(ITEM, (item_id,), 1.0, 0.0),
            item.since,
            item.since_wrong / item.since_attempts,
            item.usual(item.since_expected / item.since_attempts),
            item.since_attempts,
            tenant,
        )
        return [alert(found, "raised", minute, (f"{ITEM}/{item_id}",))]

    def _clear(self, name: Name, minute: int) -> list[Event]:
        found = self.findings.pop(name, None)
        return [] if found is None else [alert(found, "cleared", minute, (f"{ITEM}/{name[1]}",))]

    def _make_room(self) -> None:
        if len(self.items) <= MOST and self._names <= MOST_NAMES:
            return
        last = {name: item.last for name, item in self.items.items()}
        left, names = (most - most // 20 for most in (MOST, MOST_NAMES))
        for name in crowded_out(last, lambda name: name[0], left, names, self.findings):
            self._names -= size(name)
            del self.items[name]

    def dumps(self) -> bytes:
        """The charts as bytes."""
        items = [[*name, *astuple(item)[:-1], item.who.hex()] for name, item in self.items.items()]
        findings = [[*name, found.row()] for name, found in self.findings.items()]
        return orjson.dumps([VERSION, items, findings, self.offset])

    @classmethod
    def loads(cls, value: bytes | None) -> Self:
        """The charts in `value`; new ones for none. Of what was stored without tenants only the offset holds."""
        if not value:
            return cls()
        held = orjson.loads(value)
        if held[0] != VERSION:
            return cls(offset=held[-1])
        _, items, findings, offset = held
        return cls(
            {(tenant, item): _item(row) for tenant, item, *row in items},
            {(tenant, item): Finding.of(row) for tenant, item, row in findings},
            offset,
        )


def _item(row: list[Any]) -> Item:
    item = Item(*row[:-1])
    item.who = bytes.fromhex(row[-1])
    return item


def _share(share: float) -> float:
    return min(max(share, LEAST_SHARE), 1.0 - LEAST_SHARE)


def _odds(share: float) -> float:
    return share / (1.0 - share)
