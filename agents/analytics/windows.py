"""Windows of event time over the records of one partition.

Everything is kept in small values under keys of their own, so that a record writes only what it touched. What is
handed out by `take` is in the order in which it is to be stored: after a crash that stored only a first part of it,
the same records again make the same windows (see the comments at `take`).
"""

from collections.abc import Callable
from dataclasses import dataclass

import orjson

from agents.analytics.clock import Clock
from agents.analytics.index import Index
from agents.analytics.measures import ITEM, Measure, measures
from agents.analytics.window import MICROS, Window, WindowId
from config.windows import WindowRules
from schemas.codec import Event

TENANTS = b"tenants"
MOST_UNSAID = 200_000
"""Bytes of keys of windows that wait to be told of, in a tenant's clock: above that, updates come at once."""


@dataclass(frozen=True, slots=True)
class Change:
    """Aggregates to produce, with their Kafka keys, and entries to store afterwards, in this order (None: delete)."""

    aggregates: tuple[tuple[bytes, Event], ...]
    entries: dict[bytes, bytes | None]


class PartitionWindows:
    """The windows of one partition, over a view of what was stored for it.

    Made anew for each batch: `read(key)` gives an entry as it was stored last, or None. `now` is the worker's clock
    and `since` when it began to read this partition, both in microseconds, UTC. Observe the batch's records in their
    order, then `take` what came of them; should storing it fail, drop this object and start over.
    """

    def __init__(
        self, partition: int, read: Callable[[bytes], bytes | None], rules: WindowRules, now: int, since: int
    ) -> None:
        self._partition = partition
        self._read = read
        self._rules = rules
        self._now = now
        self._since = since
        self._clocks: dict[str, Clock] = {}
        self._indexes: dict[tuple[str, int, int], Index] = {}
        self._windows: dict[bytes, Window] = {}
        self._touched: set[bytes] = set()
        self._tenants: set[str] | None = None
        self._new_tenants = False

    def observe(self, event_name: str, topic: str, offset: int, appended_at: int, event: Event) -> None:
        """Count a record of `topic` that holds an event of schema `event_name`.

        A record that was counted before, by its offset, changes nothing. Late records are counted as such in the
        tenant's window at the frontier.
        """
        counted = measures(event_name, event)
        if not counted:
            return
        tenant_id, rules = event["tenant_id"], self._rules
        clock = self._clock(tenant_id)
        if offset <= clock.offsets.get(topic, -1):
            return
        for measure in counted:
            for span in rules.spans:
                if measure.kind in span.kinds:
                    self._add(clock, tenant_id, measure, span.seconds, span.step, topic, offset, event["sent_at"])
        clock.offsets[topic] = offset
        clock.advance(topic, event["sent_at"], appended_at, self._now, rules.live_seconds)
        clock.settle(self._now, self._since, rules.idle_seconds)
        if len(clock.open) > rules.most_open:
            self._close_oldest(clock)

    def tick(self) -> None:
        """Let the worker's clock close what no record will, over all tenants that have something open."""
        for tenant_id in self._known_tenants():
            observed = tenant_id in self._clocks
            clock = self._clock(tenant_id)
            if observed or clock.open or clock.closing or clock.unsaid:
                clock.settle(self._now, self._since, self._rules.idle_seconds)
            else:
                # Nothing waits: of many tenants most are quiet, and each would be written at each tick.
                del self._clocks[tenant_id]

    def take(self) -> Change:
        """What came of the records: updates, finals, and the entries to store."""
        deleted = [key for tenant_id in sorted(self._clocks) for key in self._forget_closed(tenant_id)]
        aggregates: list[tuple[bytes, Event]] = []
        for tenant_id in sorted(self._clocks):
            aggregates += self._update(tenant_id)
            aggregates += self._close(tenant_id)
        # Deleted is what an already stored clock has closed. Then windows, each with the offsets that it has counted,
        # and last the clock, which says of a record that it was taken in everywhere.
        entries: dict[bytes, bytes | None] = dict.fromkeys(deleted)
        for key in sorted(self._touched):
            entries[key] = self._windows[key].dumps()
        for where, index in sorted(self._indexes.items(), key=lambda one: one[0]):
            if index.changed:
                entries[_index_key(*where)] = index.dumps()
        if self._new_tenants:
            entries[TENANTS] = orjson.dumps(sorted(self._known_tenants()))
        for tenant_id, clock in sorted(self._clocks.items()):
            entries[_clock_key(tenant_id)] = clock.dumps()
        return Change(tuple(aggregates), entries)

    def _add(
        self,
        clock: Clock,
        tenant_id: str,
        measure: Measure,
        seconds: int,
        step: int,
        topic: str,
        offset: int,
        sent_at: int,
    ) -> None:
        length, stride = seconds * MICROS, step * MICROS
        last = sent_at // stride * stride
        for start in range(last - length + stride, last + 1, stride):
            if self._closed(clock, seconds, start):
                if measure.kind == "tenant" and start == last:
                    at = max((clock.frontier, *clock.watermarks.values())) // stride * stride
                    late = WindowId(tenant_id, "tenant", measure.dimension, seconds, at)
                    self._count(clock, late, topic, offset, None)
            else:
                which = WindowId(tenant_id, measure.kind, measure.dimension, seconds, start)
                self._count(clock, which, topic, offset, measure)

    def _closed(self, clock: Clock, seconds: int, start: int) -> bool:
        return start + round((seconds + self._rules.grace_seconds) * MICROS) <= clock.frontier

    def _close_oldest(self, clock: Clock) -> None:
        ends = sorted(start + seconds * MICROS for seconds, start in clock.open)
        oldest = ends[len(ends) - self._rules.most_open - 1]
        clock.frontier = max(clock.frontier, oldest + round(self._rules.grace_seconds * MICROS))

    def _count(self, clock: Clock, which: WindowId, topic: str, offset: int, measure: Measure | None) -> None:
        # The index is filled even for a window that has counted this record: a crash may have stored only the window.
        which = self._index((which.tenant_id, which.seconds, which.start)).place(which)
        window, key = self._window(which), which.entry()
        clock.open.add((which.seconds, which.start))
        if which.kind != ITEM:
            # Of items only closed windows are looked at.
            clock.unsaid.add(key.decode())
        if window.has(topic, offset):
            # Also where one response has several concepts that are among the others: it is one.
            return
        if measure is None:
            window.add_late(topic, offset)
        else:
            window.add(topic, offset, measure)
        self._touched.add(key)

    def _update(self, tenant_id: str) -> list[tuple[bytes, Event]]:
        clock, rules = self._clocks[tenant_id], self._rules
        said = []
        unsaid = sum(len(text.encode()) for text in clock.unsaid)
        for text in sorted(clock.unsaid):
            key = text.encode()
            window = self._stored(key)
            if window is None or self._closed(clock, window.id.seconds, window.id.start):
                clock.unsaid.discard(text)
                unsaid -= len(key)
                continue
            due = self._now - window.said_at >= rules.update_seconds * MICROS or unsaid > MOST_UNSAID
            if due or window.revision - window.said >= rules.update_records:
                unsaid -= len(key)
                said.append((window.id.topic_key(), window.aggregate(self._partition, final=False)))
                window.said, window.said_at = window.revision, self._now
                self._touched.add(key)
                clock.unsaid.discard(text)
        return said

    def _close(self, tenant_id: str) -> list[tuple[bytes, Event]]:
        clock = self._clocks[tenant_id]
        finals = []
        for seconds, start in sorted(clock.open):
            if not self._closed(clock, seconds, start):
                continue
            for key in sorted(self._index((tenant_id, seconds, start)).windows):
                window = self._stored(key)
                if window is not None:
                    finals.append((window.id.topic_key(), window.aggregate(self._partition, final=True)))
            clock.open.discard((seconds, start))
            clock.closing.add((seconds, start))
        return finals

    def _forget_closed(self, tenant_id: str) -> list[bytes]:
        clock = self._clocks[tenant_id]
        keys = []
        for seconds, start in sorted(clock.closing):
            keys += [*self._index((tenant_id, seconds, start)).windows, _index_key(tenant_id, seconds, start)]
        clock.closing.clear()
        return keys

    def _clock(self, tenant_id: str) -> Clock:
        clock = self._clocks.get(tenant_id)
        if clock is None:
            stored = self._read(_clock_key(tenant_id))
            clock = self._clocks[tenant_id] = Clock.loads(stored)
            if tenant_id not in self._known_tenants():
                self._known_tenants().add(tenant_id)
                self._new_tenants = True
        return clock

    def _known_tenants(self) -> set[str]:
        if self._tenants is None:
            self._tenants = set(orjson.loads(self._read(TENANTS) or b"[]"))
        return self._tenants

    def _index(self, where: tuple[str, int, int]) -> Index:
        index = self._indexes.get(where)
        if index is None:
            index = self._indexes[where] = Index.loads(self._read(_index_key(*where)))
        return index

    def _window(self, which: WindowId) -> Window:
        key = which.entry()
        window = self._stored(key)
        if window is None:
            window = self._windows[key] = Window(which)
        return window

    def _stored(self, key: bytes) -> Window | None:
        window = self._windows.get(key)
        if window is None:
            value = self._read(key)
            if value is None:
                return None
            window = self._windows[key] = Window.loads(value)
        return window


def _clock_key(tenant_id: str) -> bytes:
    return b"clock:" + tenant_id.encode()


def _index_key(tenant_id: str, seconds: int, start: int) -> bytes:
    return b"index:" + orjson.dumps([tenant_id, seconds, start])
